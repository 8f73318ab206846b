"""Acts of the control side that push: settings, the check of an address, messages.

What arrives is told as it was answered, so that a person at the page sees both sides.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
from attrs import evolve, frozen

from wxlogin.simulator.ambient import ALNUM, HEX
from wxlogin.simulator.control import Answer, ControlError, app_named, text_in
from wxlogin.simulator.people import App
from wxlogin.simulator.pushing import FORMATS, MODES, Console, Letter, letter, signed
from wxlogin.simulator.rules import VERDICTS
from wxlogin.simulator.world import World

TRIES = 3
"""So often WeChat sends a message that is not answered well."""
PATIENCE = 5.0
"""Seconds WeChat waits for an answer."""
Reply = tuple[int, str]
Post = Callable[[str, Letter | None], Awaitable[Reply]]
"""Sends a letter to an address (None: a GET) and answers status and body."""

_SENDER = "oSIM_WeChatsOwnPushUser_0000"
_EVENT = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_AES_KEY = re.compile(r"[0-9A-Za-z+/]{43}")
_MOST_TIMES = 100


async def post_for_real(url: str, sent: Letter | None) -> Reply:
    """Send over the network."""
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        if sent is None:
            answer = await client.get(url)
        else:
            headers = {"content-type": sent.content_type}
            answer = await client.post(url, content=sent.body, headers=headers)
    return answer.status_code, answer.text


@frozen
class Pusher:
    """Pushes messages to where the apps' services listen."""

    world: World
    post: Post

    def settings(self, body: Answer) -> Answer:
        """Fill in the message push page: {appid, url?, token?, aes_key?} → {appid, url, safe}."""
        app = app_named(self.world, body)
        names = [name for name in ("url", "token") if name in body]
        given: dict[str, str | None] = {name: text_in(body, name, 2048) for name in names}
        if "aes_key" in body:
            given["aes_key"] = None if body["aes_key"] is None else text_in(body, "aes_key", 43)
            if given["aes_key"] is not None and not _AES_KEY.fullmatch(given["aes_key"]):
                raise _bad("aes_key must be 43 signs of base64")
        changes: dict[str, Any] = {f"push_{name}": value for name, value in given.items()}
        app = self.world.people.apps[app.appid] = evolve(app, **changes)
        return {"appid": app.appid, "url": app.push_url, "safe": bool(app.push_aes_key)}

    async def check(self, body: Answer) -> Answer:
        """Check the address as the console does when it is saved: {appid, url?} → {ok, answers}."""
        app = app_named(self.world, body)
        url, timestamp = _url(app, body), str(int(self.world.clock.now()))
        console = self._console(app)
        echo = self.world.draws.text("123456789", 19)
        signature = signed(console.token, timestamp, console.nonce)
        query = f"signature={signature}&timestamp={timestamp}&nonce={console.nonce}&echostr={echo}"
        said = await self._sent(f"{url}?{query}", None)
        return {"ok": said == {"status": 200, "body": echo}, "answers": [said]}

    async def push(self, body: Answer) -> Answer:
        """Push a message: {appid, event, user, mode?, format?, url?, …} → {ok, message, answers}.

        More: revoke_info, age (seconds), times, forged, stray_blanks, fields; of a media check
        trace_id (usually the person's newest), suggest, label, errcode.
        """
        app = app_named(self.world, body)
        form = _one_of(body, "format", FORMATS, "json")
        mode = _one_of(body, "mode", MODES, "safe" if app.push_aes_key else "plain")
        moment = int(self.world.clock.now() - _number(body, "age", 0, 10**9))
        fields = self._message(app, body, moment)
        console = self._console(app)
        if body.get("forged"):
            console = evolve(console, token=console.token + "?")
        try:
            sent = letter(fields, console, mode=mode, form=form, timestamp=str(moment))
        except ValueError as wrong:
            raise _bad(str(wrong)) from None
        address = f"{_url(app, body)}?{sent.query}"
        answers = []
        for _ in range(int(_number(body, "times", 1, _MOST_TIMES))):
            answers += await self._delivered(address, sent)
        return {"ok": _well(answers[-1]) if answers else None, "message": fields,
                "answers": answers}  # fmt: skip

    async def _delivered(self, address: str, sent: Letter) -> list[Answer]:
        answers: list[Answer] = []
        while len(answers) < TRIES and not (answers and _well(answers[-1])):
            answers.append(await self._sent(address, sent))
        return answers

    async def _sent(self, address: str, sent: Letter | None) -> Answer:
        try:
            status, text = await self.post(address, sent)
        except httpx.HTTPError as failure:
            return {"status": None, "body": type(failure).__name__}
        return {"status": status, "body": text}

    def _console(self, app: App) -> Console:
        if not app.push_token:
            raise _bad("no push token is set for this app; POST /_sim/push-settings first")
        draws = self.world.draws
        random = draws.text(ALNUM, 16).encode()
        nonce = draws.text("123456789", 10)
        return Console(app.push_token, app.push_aes_key, app.appid, nonce, random)

    def _message(self, app: App, body: Answer, moment: int) -> dict[str, Any]:
        event, user = text_in(body, "event"), text_in(body, "user")
        if not _EVENT.fullmatch(event):
            raise _bad("event must be letters, digits, _ . -")
        openid = self.world.people.seen(app.appid, user)
        fields: dict[str, Any] = {
            "ToUserName": f"gh_{app.appid[-12:]}",
            "FromUserName": _SENDER,
            "CreateTime": moment,
            "MsgType": "event",
            "Event": event,
            **self._about(event, app.appid, openid, body),
        }
        if body.get("stray_blanks"):  # as in the official samples
            fields = {f" {name}" if name == "OpenID" else name: fields[name] for name in fields}
        more = body.get("fields", {})
        if not isinstance(more, dict):
            raise _bad("fields must be an object")
        return fields | more

    def _about(self, event: str, appid: str, openid: str, body: Answer) -> Mapping[str, Any]:
        match event:
            case "wxa_media_check":
                return self._verdict(appid, openid, body)
            case "wxa_punish_event":
                detail = '{"punish_reason": "simulated"}'
                return {"appid": appid, "event_type": 1, "detail": detail}
            case "debug_demo":
                return {"debug_str": "hello world"}
        about = {"OpenID": openid, "AppID": appid}
        if event == "user_authorization_revoke":
            about["RevokeInfo"] = str(body.get("revoke_info", "8"))
        return about

    def _verdict(self, appid: str, openid: str, body: Answer) -> Mapping[str, Any]:
        checks = self.world.media_checks
        theirs = [each for each in checks if checks[each]["openid"] == openid]
        trace_id = str(body.get("trace_id") or (theirs or [self.world.draws.text(HEX, 32)])[-1])
        known = checks.get(trace_id, {"suggest": "pass", "label": 100})
        suggest = _one_of(body, "suggest", tuple(VERDICTS), known["suggest"])
        usual = known["label"] if suggest == known["suggest"] else VERDICTS[suggest]
        label = int(_number(body, "label", usual, 10**6))
        about = {"appid": appid, "trace_id": trace_id, "version": 2}
        if errcode := int(_number(body, "errcode", 0, 10**6)):  # -1008: it could not be downloaded
            return about | {"errcode": errcode, "errmsg": "simulated", "detail": []}
        result = {"suggest": suggest, "label": label}
        detail = [{"strategy": "content_model", "errcode": 0, **result, "prob": 90}]
        return about | {"errcode": 0, "errmsg": "ok", "result": result, "detail": detail}


def push_acts(pusher: Pusher) -> dict[str, dict[str, Callable[[Answer], Any]]]:
    """Answer which act stands behind which path and method."""
    return {
        "/push": {"POST": pusher.push},
        "/push-settings": {"POST": pusher.settings},
        "/push-check": {"POST": pusher.check},
    }


def _well(answer: Answer) -> bool:
    return answer["status"] == httpx.codes.OK and answer["body"] in {"success", ""}


def _url(app: App, body: Answer) -> str:
    url = text_in(body, "url", 2048) if "url" in body else app.push_url
    if not re.match(r"https?://[^\s?#]+$", url):
        raise _bad("give the service's address as url: http(s)://…/wechat/push/<appid>")
    return url


def _one_of(body: Answer, name: str, known: tuple[str, ...], usual: str) -> str:
    value = body.get(name, usual)
    if value not in known:
        raise _bad(f"{name} must be one of: {', '.join(known)}")
    return str(value)


def _number(body: Answer, name: str, usual: float, most: float) -> float:
    value = body.get(name, usual)
    if type(value) not in {int, float} or not -most <= value <= most:
        raise _bad(f"{name} must be a number")
    return float(value)


def _bad(message: str) -> ControlError:
    return ControlError(400, "invalid_request", message)
