"""Every route of the service, for a Django project's `include`."""

import re

from django.urls import path

from wxlogin.entrypoints.django.views import View
from wxlogin.entrypoints.web.routes import ROUTES, by_path

urlpatterns = [
    path(re.sub(r"\{(\w+)\}", r"<str:\1>", template.removeprefix("/")), View(table))
    for template, table in by_path(ROUTES).items()
]
