"""App: the mini-programs one deployment serves."""

from attrs import frozen

from wxlogin.domain.errors import FieldProblem, InvalidRequest, UnknownApp


@frozen
class Apps:
    """The appids this deployment serves. Secrets are not here: only the WeChat adapter has them."""

    appids: tuple[str, ...]

    def choose(self, appid: str | None) -> str:
        """Answers the appid a request means; a single app need not be named.

        Raises:
            UnknownApp: the appid is not configured.
            InvalidRequest: several apps are served and none was named.
        """
        if appid is None:
            if len(self.appids) == 1:
                return self.appids[0]
            raise InvalidRequest(FieldProblem("appid", "required_several_apps"))
        if appid not in self.appids:
            raise UnknownApp(FieldProblem("appid", "unknown_app"))
        return appid
