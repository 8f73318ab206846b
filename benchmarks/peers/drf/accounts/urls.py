"""The five operations."""

import os

import requests
from django.http import JsonResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import RetrieveUpdateAPIView
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.models import User

WECHAT = os.environ["WECHAT_URL"]


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ("id", "nickname", "date_joined")
        read_only_fields = ("date_joined",)


class CodeSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=200)


class LoginView(APIView):
    permission_classes = (AllowAny,)
    authentication_classes = ()

    def post(self, request):
        body = CodeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = {
            "appid": "wx",
            "secret": "0",
            "grant_type": "authorization_code",
            "js_code": body.validated_data["code"],
        }
        answer = requests.get(f"{WECHAT}/sns/jscode2session", params=asked, timeout=8).json()
        if "openid" not in answer:
            raise AuthenticationFailed
        openid = answer["openid"]
        user, _ = User.objects.get_or_create(openid=openid, defaults={"username": openid})
        refresh = RefreshToken.for_user(user)
        return Response(
            {
                "access_token": str(refresh.access_token),
                "refresh_token": str(refresh),
                "user": UserSerializer(user).data,
            }
        )


class RefreshView(APIView):
    permission_classes = (AllowAny,)
    authentication_classes = ()

    def post(self, request):
        body = TokenRefreshSerializer(data={"refresh": request.data["refresh_token"]})
        try:
            body.is_valid(raise_exception=True)
        except TokenError as refused:
            raise InvalidToken(refused.args[0]) from refused
        found = body.validated_data
        return Response({"access_token": found["access"], "refresh_token": found["refresh"]})


class MeView(RetrieveUpdateAPIView):
    serializer_class = UserSerializer

    def get_object(self):
        return self.request.user


urlpatterns = [
    path("v1/login", LoginView.as_view()),
    path("v1/token/refresh", RefreshView.as_view()),
    path("v1/me", MeView.as_view()),
    path("healthz", lambda _: JsonResponse({"status": "ok"})),
]
