"""WxloginUser: who asks, for the views of an existing Django project."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from wxlogin.domain.errors import LoginError
from wxlogin.domain.user import User
from wxlogin.entrypoints.django.house import house
from wxlogin.entrypoints.django.views import call_of


class WxloginUser:
    """Sets `request.wxlogin_user`: the `User` behind a good access token, else something false.

    Looked up when a view first asks, with session and user read together: a ban or logout counts
    at once.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on."""
        request.wxlogin_user = SimpleLazyObject(lambda: user_of(request))
        return self._get_response(request)


def user_of(request: HttpRequest) -> User | None:
    """Answers who asks, None without a good token.

    Raises:
        TryLater: the store cannot be asked.
    """
    here = house()
    try:
        return here.run(here.door.wishes.read_profile(token=call_of(request).token))
    except LoginError as refusal:
        if hasattr(refusal, "retry_after"):
            raise
        return None
