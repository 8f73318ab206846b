"""Bad days, each as one command that says whether the service came through."""
