"""An existing project: a view of its own, ours by an include, and problems for the rest."""

from django.http import JsonResponse
from django.urls import include, path, re_path

from wxlogin.entrypoints.django.views import View
from wxlogin.entrypoints.web.routes import NO_ROUTE


def greeting(request):
    user = request.wxlogin_user
    return JsonResponse({"hello": user.profile.nickname if user else None})


urlpatterns = [
    path("greeting", greeting),
    path("", include("wxlogin.entrypoints.django.urls")),
    re_path(r"", View({}, otherwise=NO_ROUTE)),
]
