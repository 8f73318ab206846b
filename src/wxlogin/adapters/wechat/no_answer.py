"""NoAnswer: a call to WeChat that brought nothing back."""


class NoAnswer(Exception):
    """A call that brought nothing back.

    Its text is `how` and the name of the foreign error's class: addresses, which carry secrets,
    are in the foreign error's text and stay behind with it. `sent` is False only where it is
    certain that the request never left.
    """

    def __init__(self, how: str, detail: str = "", *, sent: bool = True) -> None:
        super().__init__(f"{how} ({detail})" if detail else how)
        self.how = how
        self.sent = sent
