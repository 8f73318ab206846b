"""SessionWalk: one person's phones, lost answers, tabs, a thief, jumps of the clock, kills."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from math import ceil
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.walk.model import GONE, REPEATS, ROTATES, Holder, Life, Login
from tests.walk.processes import Processes
from tests.world import APPID
from wxlogin.domain.session import Session

REFRESH = "/v1/token/refresh"
ANY = st.integers(0, 999)
PLACE = st.integers(0, 1)
TURNS = st.integers(0, 40)
SECONDS = (1, 1, 20, 59, 60, 61, 61, 600, 900, 3600, 86400 * 3, 86400 * 29, 86400 * 30)
_people = count()


class SessionWalk(RuleBasedStateMachine):
    """Each step is done to the service and to the model, and both must say the same."""

    def __init__(self, processes: Processes, steps: Counter[str], answers: Counter[str]) -> None:
        super().__init__()
        self.processes, self.steps, self.answers = processes, steps, answers
        self.policy = processes.settings.session_policy
        self.logins: list[Login] = []
        self.user_id = ""
        self.person = f"person-{next(_people)}"

    @property
    def now(self) -> datetime:
        return self.processes.clock.now()

    # logging in

    @initialize()
    def first_login(self):
        self.log_in(place=0, lost=False)

    @rule(place=PLACE, lost=st.booleans())
    def log_in(self, *, place: int, lost: bool):
        self.steps["login"] += 1
        answer = self.processes.ask(place, "POST", "/v1/login", json=self._code())
        assert 200 == answer.status_code, answer.text
        told = answer.json()
        self.user_id = told["user"]["id"]
        login = self._opened(told["session_id"])
        login.tokens[0] = told["refresh_token"]
        assert ceil((login.expiry() - self.now).total_seconds()) == told["refresh_expires_in"]
        if not lost:
            login.phone = self._holder(0, told)

    @rule(place=PLACE, turns=TURNS)
    def log_in_killed(self, place: int, turns: int):
        self.steps["login, killed"] += 1
        self.processes.kill(place, turns, "POST", "/v1/login", json=self._code())
        known = {login.sid for login in self.logins}
        fresh = [session.sid for session in self._living() if session.sid not in known]
        assert len(fresh) <= 1
        for sid in fresh:
            self._opened(sid)  # nobody holds its token

    # refreshing

    @rule(which=ANY, thief=st.booleans(), place=PLACE, lost=st.booleans())
    def refresh(self, *, which: int, thief: bool, place: int, lost: bool):
        if (chosen := self._choose(which, thief=thief)) is None:
            return
        self._show(*chosen, place, lost=lost)

    @rule(which=ANY, places=st.tuples(PLACE, PLACE, PLACE))
    def a_thief_is_quicker_twice(self, which: int, places: tuple[int, int, int]):
        """Copies what the phone holds and uses it; the phone's next use must find that out."""
        if (chosen := self._choose(which)) is None:
            return
        login, phone = chosen
        self._copied(login, phone)
        assert login.thief is not None
        for place in places[:2]:
            self._show(login, login.thief, place, lost=False)
        self._show(login, phone, places[2], lost=False)

    @rule(which=ANY, tabs=st.lists(PLACE, min_size=2, max_size=6))
    def tabs_refresh_at_once(self, which: int, tabs: list[int]):
        if (chosen := self._choose(which)) is None:
            return
        login, holder = chosen
        self.steps["tabs at once"] += 1
        verdict = login.shown(holder.count, self.now)
        self._no_surprise(login, holder, verdict)
        body = self._token(login, holder)
        answers = self.processes.ask_at_once([(place, "POST", REFRESH, body) for place in tabs])
        for number, answer in enumerate(answers):
            self._learn(login, verdict if number == 0 or verdict != ROTATES else REPEATS, answer)
        self._received(login, holder, verdict, answers[-1])

    @rule(which=ANY, thief=st.booleans(), place=PLACE, turns=TURNS)
    def refresh_killed(self, *, which: int, thief: bool, place: int, turns: int):
        if (chosen := self._choose(which, thief=thief)) is None:
            return
        login, holder = chosen
        self.steps["refresh, killed"] += 1
        verdict = login.shown(holder.count, self.now)
        before, after = login.life, login.after(verdict, self.now)
        self.processes.kill(place, turns, "POST", REFRESH, json=self._token(login, holder))
        login.life = self._stands(login)
        assert login.life in {before, after}
        self._received(login, holder, verdict, None)

    @rule(which=ANY)
    def a_thief_copies_what_the_phone_holds(self, which: int):
        if (chosen := self._choose(which)) is None:
            return
        login, holder = chosen
        if login.thief is None or login.thief.count != holder.count:
            self._copied(login, holder)

    # using and ending

    @rule(which=ANY, thief=st.booleans(), place=PLACE)
    def use(self, *, which: int, thief: bool, place: int):
        if (chosen := self._choose(which, thief=thief)) is None:
            return
        login, holder = chosen
        self.steps["use"] += 1
        self._assert_use(login, holder, place)

    @rule(which=ANY, place=PLACE, scope=st.sampled_from(["this", "others", "all"]))
    def log_out(self, which: int, place: int, scope: str):
        if (chosen := self._in_use(which)) is None:
            return
        login, holder = chosen
        self.steps[f"logout {scope}"] += 1
        bearer = {"authorization": f"Bearer {holder.access}"}
        answer = self.processes.ask(
            place, "POST", "/v1/logout", headers=bearer, json={"scope": scope}
        )
        assert 204 == answer.status_code, answer.text
        for other in self.logins:
            if scope == "all" or (other is login and scope == "this"):
                other.end("logged_out", self.now)
            elif other is not login and scope == "others":
                other.end("kicked", self.now)

    @rule(which=ANY, victim=ANY, place=PLACE)
    def delete_a_session(self, which: int, victim: int, place: int):
        if (chosen := self._in_use(which)) is None:
            return
        _, holder = chosen
        other = self.logins[victim % len(self.logins)]
        self.steps["session deleted"] += 1
        bearer = {"authorization": f"Bearer {holder.access}"}
        path = f"/v1/me/sessions/{other.sid}"
        answer = self.processes.ask(place, "DELETE", path, headers=bearer)
        assert (404 if other.over(self.now) else 204) == answer.status_code, answer.text
        other.end("kicked", self.now)

    @rule(seconds=st.sampled_from(SECONDS))
    def time_passes(self, seconds: int):
        self.steps["clock"] += 1
        self.processes.clock.advance(timedelta(seconds=seconds))

    @rule(place=PLACE, now_and_then=st.integers(0, 4))
    def sweep(self, place: int, now_and_then: int):
        if now_and_then:
            return
        self.steps["sweep"] += 1
        while self.processes.run(self.processes.running[place].parts.sweep()()):
            pass
        for login in self.logins:
            login.sweep(self.now)

    @invariant()
    def one_session_lives_for_each_login_that_does(self):
        """As many rows live as logins, each at its count, and never more than are kept."""
        if not self.user_id:
            return
        alive = {login.sid: login.life.counter for login in self.logins if not login.over(self.now)}
        assert alive == {session.sid: session.counter for session in self._living()}
        assert len(alive) <= self.policy.per_user

    # what the steps are made of

    def _code(self) -> dict[str, Any]:
        return {"appid": APPID, "code": self.processes.wechat.new_code(APPID, self.person)}

    def _opened(self, sid: str) -> Login:
        """Notes a new session; those idle the longest make room for it."""
        alive = [login for login in self.logins if not login.over(self.now)]
        alive.sort(key=lambda login: (login.life.last, login.sid), reverse=True)
        for login in alive[self.policy.per_user - 1 :]:
            login.end("superseded", self.now)
        login = Login(sid, self.now, Life(0, self.now), self.policy)
        self.logins.append(login)
        return login

    def _choose(self, which: int, *, thief: bool = False) -> tuple[Login, Holder] | None:
        """Picks one of the last logins, most often a living one, and who holds its tokens."""
        held = [login for login in self.logins[-6:] if login.phone is not None]
        alive = [login for login in held if not login.over(self.now)]
        among = alive if alive and which % 5 else held
        if not among:
            return None
        login = among[which // 5 % len(among)]
        holder = login.thief if thief and login.thief is not None else login.phone
        return None if holder is None else (login, holder)

    def _in_use(self, which: int) -> tuple[Login, Holder] | None:
        """Picks a living login whose access token still counts."""
        chosen = self._choose(which)
        if chosen is None or chosen[0].over(self.now) or self.now >= chosen[1].access_until:
            return None
        return chosen

    @staticmethod
    def _token(login: Login, holder: Holder) -> dict[str, str]:
        return {"refresh_token": login.tokens[holder.count]}

    def _copied(self, login: Login, holder: Holder) -> None:
        self.steps["theft"] += 1
        login.thief = Holder(holder.count, holder.access, holder.access_until)
        login.stolen = True

    def _show(self, login: Login, holder: Holder, place: int, *, lost: bool) -> None:
        self.steps["refresh"] += 1
        verdict = login.shown(holder.count, self.now)
        self._no_surprise(login, holder, verdict)
        answer = self.processes.ask(place, "POST", REFRESH, json=self._token(login, holder))
        self._learn(login, verdict, answer)
        self._received(login, holder, verdict, None if lost else answer)

    def _no_surprise(self, login: Login, holder: Holder, verdict: str) -> None:
        if holder is login.phone and login.must_be_let_in(self.now):
            assert verdict in {ROTATES, REPEATS}
        if holder.count + 2 <= login.life.counter and not login.over(self.now):
            assert "reuse_detected" == verdict  # its successor was shown by somebody

    def _learn(self, login: Login, verdict: str, answer: httpx.Response) -> None:
        """Compares an answer with what must come, and moves the model on."""
        self.answers[verdict] += 1
        login.life = login.after(verdict, self.now)
        if verdict not in {ROTATES, REPEATS}:
            self._assert_refused(answer, verdict, "refresh_invalid")
            self._assert_all_refused(login)
            return
        assert 200 == answer.status_code, answer.text
        told = answer.json()
        newest = login.tokens.setdefault(login.life.counter, told["refresh_token"])
        assert newest == told["refresh_token"]
        assert len(set(login.tokens.values())) == len(login.tokens)
        assert login.sid == told["session_id"]
        assert ceil((login.expiry() - self.now).total_seconds()) == told["refresh_expires_in"]

    def _received(
        self, login: Login, holder: Holder, verdict: str, answer: httpx.Response | None
    ) -> None:
        if verdict not in {ROTATES, REPEATS}:
            return
        if answer is None:
            holder.lost_at = holder.lost_at or self.now
            return
        fresh = self._holder(login.life.counter, answer.json())
        holder.count, holder.lost_at = fresh.count, None
        holder.access, holder.access_until = fresh.access, fresh.access_until

    def _holder(self, counter: int, told: dict[str, Any]) -> Holder:
        until = self.now + timedelta(seconds=told["expires_in"])
        return Holder(counter, told["access_token"], until)

    def _assert_all_refused(self, login: Login) -> None:
        """After an end both processes refuse both holders, whatever they hold."""
        for holder in (login.phone, login.thief):
            if holder is not None:
                for place in (0, 1):
                    self._assert_use(login, holder, place)

    def _assert_use(self, login: Login, holder: Holder, place: int) -> None:
        bearer = {"authorization": f"Bearer {holder.access}"}
        answer = self.processes.ask(place, "GET", "/v1/me", headers=bearer)
        if self.now >= holder.access_until:
            assert (401, "token_expired") == (answer.status_code, answer.json()["code"])
        elif over := login.over(self.now):
            self._assert_refused(answer, over, "token_invalid")
        else:
            assert 200 == answer.status_code, answer.text

    @staticmethod
    def _assert_refused(answer: httpx.Response, reason: str, unknown: str) -> None:
        told = answer.json()
        expected = (unknown, None) if reason == GONE else ("session_ended", reason)
        assert (401, *expected) == (answer.status_code, told["code"], told.get("reason"))

    def _living(self) -> list[Session]:
        store = self.processes.running[0].parts.sessions()
        return list(self.processes.run(store.living(self._id(), self.now)))

    def _id(self) -> str:
        if not self.user_id:
            identity = self.processes.wechat.identity(APPID, self.person)
            user = self.processes.run(self.processes.running[0].parts.users().find(identity))
            self.user_id = user.id if user else ""
        return self.user_id

    def _stands(self, login: Login) -> Life:
        live = self.processes.run(self.processes.running[0].parts.sessions().load(login.sid))
        if live is None:
            assert login.swept
            return login.life
        row = live.session
        return Life(
            row.counter, row.last_used_at, row.end_reason and str(row.end_reason), row.ended_at
        )
