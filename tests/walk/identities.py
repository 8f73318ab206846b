"""IdentityWalk: logins, phones, merges, partings, bans and erasures over three apps, at random.

The model says what the promises say: who owns what. Each step is done to the stores and to it.
"""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from attrs import define, evolve, field
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.people import APP, NOW, OTHER_APP, THIRD_APP, a_session, a_user
from tests.contracts.stores import Stores
from wxlogin.domain.errors import PhoneTaken
from wxlogin.domain.merge import RESTORABLE_FOR, Merge, MergeRefusal
from wxlogin.domain.ports.links import Detached
from wxlogin.domain.user import Identity, Phone, ProfileChange, User

APPS = (APP, OTHER_APP, THIRD_APP)
Key = tuple[str, str]
ANY = st.integers(0, 99)
PERSON, NUMBER, WHICH_APP = st.integers(0, 2), st.integers(0, 2), st.sampled_from(APPS)
_walks = count()


@define
class Somebody:
    """A user as the model has them: `alive`, `gone` into another, or `erased`."""

    id: str
    state: str = "alive"
    banned: bool = False
    nickname: str = ""
    phone: str | None = None


@define
class Past:
    """A merge, and what the model needs to undo it."""

    merge: Merge
    nickname: str
    phone: str | None
    took_nickname: bool
    took_phone: bool
    keys: list[Key]
    holders: dict[str, str]
    kept_aside: bool = True
    undone: bool = False


@define
class Model:
    """Who owns what."""

    users: dict[str, Somebody] = field(factory=dict)
    owner: dict[Key, str] = field(factory=dict)
    unionid: dict[Key, str | None] = field(factory=dict)
    linked: dict[Key, datetime] = field(factory=dict)
    holder: dict[str, str] = field(factory=dict)
    parted: dict[Key, str] = field(factory=dict)
    past: list[Past] = field(factory=list)

    def alive(self) -> list[Somebody]:
        return [user for user in self.users.values() if user.state == "alive"]

    def keys(self, user_id: str) -> list[Key]:
        return [key for key, owner in self.owner.items() if owner == user_id]

    def carried(self, user_id: str) -> set[str]:
        return {u for key in self.keys(user_id) if (u := self.unionid[key]) is not None}

    def carriers(self, unionid: str) -> list[str]:
        keys = [key for key in self.owner if self.unionid[key] == unionid]
        keys.sort(key=lambda key: (self.linked[key], key))
        return list(dict.fromkeys(self.owner[key] for key in keys))

    def settle(self, unionid: str, first: str | None = None) -> None:
        """Its holder is one of those who have it, the same as long as that may be."""
        carriers = self.carriers(unionid)
        wishes = (first, self.holder.pop(unionid, None), *carriers)
        for user_id in [each for each in wishes if each in carriers][:1]:
            self.holder[unionid] = user_id

    def family(self, user_id: str) -> set[str]:
        """A user and whoever is part of them."""
        into = [p.merge.gone_id for p in self.past if p.merge.kept_id == user_id and not p.undone]
        return {user_id}.union(*(self.family(each) for each in into))

    def has(self, number: str) -> Somebody | None:
        return next((user for user in self.alive() if user.phone == number), None)


class IdentityWalk(RuleBasedStateMachine):
    """Random histories of a few people; `look_every` so many steps all is compared."""

    def __init__(
        self,
        stores: Stores,
        loop: asyncio.AbstractEventLoop,
        steps: Counter[str],
        look_every: int = 1,
    ) -> None:
        super().__init__()
        self.stores, self.loop, self.steps, self.look_every = stores, loop, steps, look_every
        self.model, self.now, self.turn = Model(), NOW, 0
        self.walk = f"{next(_walks)}-{uuid4().hex[:8]}"

    def run_(self, awaitable):
        return self.loop.run_until_complete(awaitable)

    def step(self, name: str) -> None:
        self.steps[name] += 1
        self.now += timedelta(seconds=1)

    # logging in

    @initialize(told=st.tuples(st.booleans(), st.booleans(), st.booleans()))
    def some_are_here(self, told: tuple[bool, bool, bool]):
        """Two of them are one person, in two apps."""
        for person, app in enumerate((APP, OTHER_APP, THIRD_APP)):
            self.log_in(app, person % 2, told=told[person])

    @rule(app=WHICH_APP, person=PERSON, told=st.booleans())
    def log_in(self, app: str, person: int, *, told: bool):
        self.step("login with unionid" if told else "login")
        model, key = self.model, (app, f"o-{self.walk}-{person}")
        unionid = f"u-{self.walk}-{person}" if told else None
        identity = Identity(*key, unionid)
        session = a_session(appid=app, created_at=self.now, last_used_at=self.now)
        found = self.run_(self.stores.users.sign_in(identity, session))
        known = model.owner.get(key)
        assert known == (found and found.id)
        if found is None:
            fresh = a_user()
            owner = self.run_(self.stores.users.register(fresh, identity, session)).id
            holder = None if key in model.parted else model.holder.get(unionid or "")
            assert (holder or fresh.id) == owner
            model.users.setdefault(owner, Somebody(owner))
            model.owner[key], model.unionid[key], model.linked[key] = owner, unionid, self.now
        elif model.unionid[key] is None:
            model.unionid[key] = unionid
        if unionid is not None and model.unionid[key] == unionid:
            model.holder.setdefault(unionid, model.owner[key])

    # phones and profiles

    @rule(who=ANY, number=NUMBER, moving=st.booleans())
    def bind_phone(self, who: int, number: int, *, moving: bool):
        if (user := self.one(who)) is None:
            return
        self.step("phone moved" if moving else "phone bound")
        wanted = f"1380000{number}{self.walk.replace('-', '')}"[:20]
        holds = self.model.has(wanted)
        wish = self.stored(user).with_phone(Phone(wanted), self.now)
        if holds is user:
            return
        if moving:
            moved = self.run_(self.stores.users.save_taking_phone(wish))
            assert moved is not None
            assert moved.former == (holds and holds.id)
            if holds is not None:
                holds.phone = None
        else:
            try:
                assert self.run_(self.stores.users.save(wish))
            except PhoneTaken:
                assert holds is not None
                return
            assert holds is None
        user.phone = wanted

    @rule(who=ANY, nickname=st.sampled_from(["", "甲", "乙"]), phone=st.booleans())
    def change(self, who: int, nickname: str, *, phone: bool):
        if (user := self.one(who)) is None:
            return
        self.step("change")
        stored = self.stored(user)
        changed = stored.changed(ProfileChange(nickname=nickname), self.now)
        if phone:
            changed = changed.with_phone(None, self.now)
        if changed is not stored:
            assert self.run_(self.stores.users.save(evolve(changed, version=stored.version + 1)))
        user.nickname, user.phone = nickname, None if phone else user.phone

    # merging

    @rule(one=ANY, other=ANY)
    def merge(self, one: int, other: int):
        if self.model.users:
            self.step("merge")
            self.merged(self.any(one), self.any(other))

    @rule(one=ANY, other=ANY)
    def merge_and_back(self, one: int, other: int):
        """Undone at once, all is exactly as it was."""
        kept, gone = self.one(one), self.one(other)
        if kept is None or gone is None:
            return
        before = self.seen(kept, gone)
        past = self.merged(kept, gone)
        if past is not None:
            self.step("merge undone at once")
            self.undone(past)
            assert before == self.seen(kept, gone)

    @rule(which=ANY)
    def unmerge(self, which: int):
        if self.model.past:
            self.step("unmerge")
            self.undone(self.model.past[-1 - which % len(self.model.past)])

    # leaving

    @rule(who=ANY, app=WHICH_APP)
    def part(self, who: int, app: str):
        if (user := self.one(who)) is None:
            return
        self.step("part")
        model, own = self.model, self.model.keys(user.id)
        parting = [key for key in own if key[0] == app]
        answer = self.run_(self.stores.links.detach(user.id, app, self.now))
        if not parting or len(parting) == len(own):
            assert (Detached.LAST if parting else Detached.NOTHING) is answer
            return
        assert Detached.DONE is answer
        shared = model.carried(user.id)
        for key in parting:
            del model.owner[key], model.unionid[key]
            model.parted[key] = user.id
        for unionid in shared:
            model.settle(unionid)

    @rule(who=ANY, lift=st.integers(0, 2))
    def ban(self, who: int, lift: int):
        if (user := self.one(who)) is None:
            return
        self.step("unban" if lift else "ban")
        accounts = self.stores.accounts
        assert self.run_((accounts.unban if lift else accounts.ban)(user.id, self.now))
        user.banned = not lift

    @rule(who=ANY, really=st.integers(0, 2))
    def erase(self, who: int, really: int):
        if not self.model.users or really < 2:
            return
        self.step("erase")
        model, user = self.model, self.any(who)
        assert (user.state == "alive") == self.run_(self.stores.accounts.erase(user.id, self.now))
        if user.state != "alive":
            return
        family, shared = model.family(user.id), model.carried(user.id)
        for past in model.past:
            if {past.merge.kept_id, past.merge.gone_id} & family:
                past.kept_aside = False
        for key in model.keys(user.id):
            del model.owner[key], model.unionid[key]
            model.parted.pop(key, None)
        for key in [key for key, left in model.parted.items() if left in family]:
            del model.parted[key]
        user.state, user.phone = "erased", None
        for unionid in shared:
            model.settle(unionid)
        assert [] == list(self.run_(self.stores.sessions.living(user.id, self.now)))

    @rule(now_and_then=st.integers(0, 7))
    def a_month_passes(self, now_and_then: int):
        if now_and_then != 7:
            return
        self.step("a month")
        self.now += RESTORABLE_FOR
        ours = {past.merge.id: past for past in self.model.past}
        for merge in self.run_(self.stores.merges.due(self.now - RESTORABLE_FOR, 1000)):
            self.run_(self.stores.merges.forget(merge.id))
            if merge.id in ours:
                ours[merge.id].kept_aside = False

    # what must hold after each step

    @invariant()
    def all_is_as_the_model_says(self):
        self.turn += 1
        if self.turn % self.look_every == 0:
            self.look()

    def teardown(self):
        self.look()

    def look(self) -> None:
        """One identity, one phone, one unionid: one user; nobody erased is found by anything."""
        model, users = self.model, self.stores.users

        async def told():
            keys = [(app, f"o-{self.walk}-{n}") for app in APPS for n in range(3)]
            found = await asyncio.gather(*(users.find(Identity(*key)) for key in keys))
            known = await asyncio.gather(*(users.get(each) for each in model.users))
            names = await asyncio.gather(*(users.identities(each) for each in model.users))
            return dict(zip(keys, found, strict=True)), known, names, await users.conflicts()

        found, known, names, conflicts = self.run_(told())
        assert {key: model.owner.get(key) for key in found} == {
            key: user and user.id for key, user in found.items()
        }
        for user, stored, own in zip(model.users.values(), known, names, strict=True):
            assert (user.state == "alive") == (stored is not None)
            assert {Identity(*key, model.unionid[key]) for key in model.keys(user.id)} == set(own)
            if stored is not None:
                phone = stored.phone and stored.phone.number
                assert (user.nickname, user.phone, user.banned) == (
                    stored.profile.nickname,
                    phone,
                    stored.banned,
                )
        numbers = [user.phone for user in model.alive() if user.phone]
        assert len(numbers) == len(set(numbers))
        assert {
            (unionid, holder, other)
            for unionid, holder in model.holder.items()
            for other in model.carriers(unionid)
            if other != holder
        } == {
            (c.unionid, c.first_user_id, c.second_user_id)
            for c in conflicts
            if c.unionid.startswith(f"u-{self.walk}-")
        }

    # what the steps are made of

    def one(self, which: int) -> Somebody | None:
        alive = self.model.alive()
        return alive[which % len(alive)] if alive else None

    def any(self, which: int) -> Somebody:
        """Most often one who is alive."""
        among = self.model.alive() if which % 4 else []
        among = among or list(self.model.users.values())
        return among[which // 4 % len(among)]

    def stored(self, user: Somebody) -> User:
        stored = self.run_(self.stores.users.get(user.id))
        assert stored is not None
        return stored

    def seen(self, *people: Somebody) -> object:
        """All there is of some users, but for their versions."""
        users, found = self.stores.users, []
        for user in people:
            stored = self.run_(users.get(user.id))
            found.append(stored and evolve(stored, version=0))
            found.append(set(self.run_(users.identities(user.id))))
        return found, list(self.run_(users.conflicts()))

    def merged(self, kept: Somebody, gone: Somebody) -> Past | None:
        model = self.model
        done = self.run_(self.stores.merges.merge(str(uuid4()), kept.id, gone.id, self.now))
        if kept is gone or {kept.state, gone.state} != {"alive"}:
            assert MergeRefusal.UNKNOWN is done
            return None
        if kept.banned or gone.banned:
            assert MergeRefusal.BANNED is done
            return None
        assert isinstance(done, Merge)
        keys, shared = model.keys(gone.id), model.carried(gone.id)
        past = Past(
            done,
            gone.nickname,
            gone.phone,
            took_nickname=not kept.nickname,
            took_phone=kept.phone is None,
            keys=keys,
            holders={unionid: model.holder[unionid] for unionid in shared},
        )
        kept.nickname, kept.phone = kept.nickname or gone.nickname, kept.phone or gone.phone
        gone.state, gone.phone = "gone", None
        model.owner.update(dict.fromkeys(keys, kept.id))
        for unionid in shared:
            model.settle(unionid)
        model.past.append(past)
        assert [] == list(self.run_(self.stores.sessions.living(gone.id, self.now)))
        return past

    def undone(self, past: Past) -> None:
        model = self.model
        answer = self.run_(self.stores.merges.unmerge(past.merge.id, self.now))
        kept, gone = model.users[past.merge.kept_id], model.users[past.merge.gone_id]
        returning = [key for key in past.keys if model.owner.get(key) == kept.id]
        refusal = self.refusal(past, kept, returning)
        if refusal is not None:
            assert refusal is answer
            return
        assert isinstance(answer, Merge), answer
        past.undone = True
        if past.took_nickname and kept.nickname == past.nickname:
            kept.nickname = ""
        if past.took_phone and kept.phone == past.phone:
            kept.phone = None
        gone.state, gone.nickname = "alive", past.nickname
        gone.phone = None if past.phone is None or model.has(past.phone) else past.phone
        model.owner.update(dict.fromkeys(returning, gone.id))
        for unionid in {*past.holders, *model.carried(gone.id)}:
            model.settle(unionid, past.holders.get(unionid))

    def refusal(self, past: Past, kept: Somebody, returning: list[Key]) -> MergeRefusal | None:
        if past.undone:
            return MergeRefusal.UNDONE
        if kept.state == "gone":
            return MergeRefusal.MERGED_ON
        if kept.state == "erased" or not past.kept_aside or self.now >= past.merge.until:
            return MergeRefusal.TOO_LATE
        if kept.banned:
            return MergeRefusal.BANNED
        if not returning or len(returning) == len(self.model.keys(kept.id)):
            return MergeRefusal.NO_IDENTITY
        return None
