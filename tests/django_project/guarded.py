"""Views of a Django project whose guard says who asks; `override_settings` makes it the project."""

from django.http import JsonResponse
from django.urls import path
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from wxlogin.guard.django import token_required
from wxlogin.guard.drf import WxloginAuthentication


@token_required
async def needed(request):
    claims = request.wxlogin
    return JsonResponse({"sub": claims.sub, "sid": claims.sid})


@token_required
def needed_in_a_thread(request):
    claims = request.wxlogin
    return JsonResponse({"sub": claims.sub, "sid": claims.sid})


def optional(request):
    return JsonResponse({"sub": request.wxlogin.sub if request.wxlogin else None})


async def optional_async(request):
    claims = await request.awxlogin()
    return JsonResponse({"sub": claims and claims.sub})


class Api(APIView):
    authentication_classes = (WxloginAuthentication,)
    renderer_classes = (JSONRenderer,)


class Needed(Api):
    permission_classes = (IsAuthenticated,)

    def get(self, request):
        return Response({"sub": request.user.id, "sid": request.auth.sid})


class Optional(Api):
    permission_classes = (AllowAny,)

    def get(self, request):
        return Response({"sub": request.user.id if request.auth else None})


class Staff(Api):
    permission_classes = (IsAdminUser,)

    def get(self, request):
        return Response({"sub": request.user.id})


urlpatterns = [
    path("needed", needed),
    path("needed-in-a-thread", needed_in_a_thread),
    path("optional", optional),
    path("optional-async", optional_async),
    path("api/needed", Needed.as_view()),
    path("api/optional", Optional.as_view()),
    path("api/staff", Staff.as_view()),
]
