"""wxlogin: a self-hosted login service for WeChat mini-programs."""
