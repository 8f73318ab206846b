"""The user."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    openid = models.CharField(max_length=64, unique=True)
    nickname = models.CharField(max_length=64, blank=True)
