"""A Django project for tests. Django knows one set of settings per process, so all share this."""

import django
from django.conf import settings


def configure() -> None:
    """Set Django up, once; tests that want other settings override them while they run."""
    if settings.configured:
        return
    settings.configure(
        ALLOWED_HOSTS=["*"],
        APPEND_SLASH=False,
        DEBUG=False,
        LOGGING_CONFIG=None,
        MIDDLEWARE=["wxlogin.entrypoints.django.middleware.WxloginUser"],
        REST_FRAMEWORK={"UNAUTHENTICATED_USER": None},
        ROOT_URLCONF="tests.django_project.urls",
        USE_TZ=True,
    )
    django.setup()
