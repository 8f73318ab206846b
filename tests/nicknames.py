"""Nicknames of real people, and of those who mean no good."""

from collections.abc import Sequence

REAL: Sequence[str] = (
    "小明",
    "欧阳娜娜",
    "O'Neil",
    "Zoë Müller",
    "Nguyễn Thị Ánh",
    "Nguye\u0302\u0303n",  # not composed
    "ئادىل مەمەت",  # Uyghur
    "བཀྲ་ཤིས་བདེ་ལེགས",  # Tibetan
    "སྒྲོལ་མ",
    "ᠪᠠᠲᠤ\u180b",  # Mongolian, with a variant chosen
    "ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ",
    "ᠠᠯᠲᠠᠨ\u180eᠠ",
    "ꆈꌠꉙ",  # Yi
    "김민준",
    "\u1100\u1161\u11a8",  # Hangul not composed
    "Bouxcuengh",
    "阿依古丽·买买提",
    "مرحبا",
    "علی\u200cرضا",  # Persian, with the joiner kept apart
    "മോഹന്\u200dലാല്",  # Malayalam
    "അനില്\u200d",
    "ශ්\u200dරී",  # Sinhala
    "สมชาย กิ้ง",
    "葛\U000e0100城",  # the variant of a family's own
    "👨\u200d👩\u200d👧",
    "🏳️\u200d🌈",
    "👩🏽\u200d⚕️",
    "❤️\u200d🔥",
    "🙂\u200d↔️",
    "🫩",  # younger than Python 3.11
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "1️⃣号",
    "☎️ 老王",
    "🇨🇳",
    "微信用户",
    "客服小美的粉丝",
    "badminton",
    "x" * 64,
    "",
)

HOSTILE: Sequence[tuple[str, str]] = (
    (" ", "nickname_blank"),
    ("\u3000\u2003\t\n", "nickname_blank"),
    ("x" * 65, "nickname_too_long"),
    ("\U0001d160" * 40, "nickname_too_long"),  # composing makes it longer
    ("x" * 60_000, "nickname_too_long"),
    ("a\x00b", "nickname_control"),
    ("a\nb", "nickname_control"),
    ("\x1b[31mred", "nickname_control"),
    ("a\x85b", "nickname_control"),
    ("a\u2028b", "nickname_control"),
    ("a\ue000b", "nickname_control"),
    ("a\ud800b", "nickname_control"),
    ("\udfffa", "nickname_control"),
    ("gnp.\u202eexe", "nickname_control"),
    ("a\u2066b\u2069", "nickname_control"),
    ("a\u202ab", "nickname_control"),
    ("\u200b", "nickname_invisible"),
    ("小\u200b明", "nickname_invisible"),
    ("小\u200d明", "nickname_invisible"),
    ("a\u200cb", "nickname_invisible"),
    ("\u200d👩", "nickname_invisible"),
    ("👩\u200d", "nickname_invisible"),
    ("👩\u200d\u200d👧", "nickname_invisible"),
    ("👩\ufe0f\ufe0f", "nickname_invisible"),
    ("a\ufe0f", "nickname_invisible"),
    ("1\ufe0f", "nickname_invisible"),
    ("小\U000e0100\U000e0100明", "nickname_invisible"),
    ("小\u00ad明", "nickname_invisible"),
    ("\ufeff小明", "nickname_invisible"),
    ("小\u2060明", "nickname_invisible"),
    ("小\u2065明", "nickname_invisible"),
    ("\u3164", "nickname_invisible"),
    ("\uffa0\u115f\u1160", "nickname_invisible"),
    ("\u2800\u2800", "nickname_invisible"),
    ("a\u200fb", "nickname_invisible"),
    ("a\u061cb", "nickname_invisible"),
    ("a\u180bb", "nickname_invisible"),
    ("小\U000e0041明", "nickname_invisible"),
    ("\U0001f3f4\U000e0067", "nickname_invisible"),
    ("\ufffe", "nickname_invisible"),
    ("a\ufdd0", "nickname_invisible"),
    ("a\ufff9b\ufffac\ufffb", "nickname_invisible"),
    ("\ufffc", "nickname_invisible"),
    ("a\u034fb", "nickname_invisible"),
    ("\u0301", "nickname_marks"),
    ("\u0301a", "nickname_marks"),
    (" \u0301", "nickname_marks"),
    ("z\u0335\u0321\u0347\u0316\u0352a", "nickname_marks"),
    ("ก" + "\u0e47" * 20, "nickname_marks"),
    ("ང" + "\u0f90" * 20, "nickname_marks"),
    ("官方", "nickname_reserved"),
    ("官 方", "nickname_reserved"),
    ("客·服", "nickname_reserved"),
    ("【客服】", "nickname_reserved"),
    ("客服☎️", "nickname_reserved"),
    ("Admin", "nickname_reserved"),
    ("ＡＤＭＩＮ", "nickname_reserved"),
    ("a.d.m.i.n", "nickname_reserved"),
    ("ádmín", "nickname_reserved"),
    ("𝓐𝓭𝓶𝓲𝓷", "nickname_reserved"),
    ("ⓐⓓⓜⓘⓝ", "nickname_reserved"),
    ("系统管理员", "nickname_reserved"),
    ("Wx Login", "nickname_reserved"),
    ("微信\u3000团队", "nickname_reserved"),
)

POISON = tuple(sorted(set("".join(name[:60] for name, _ in HOSTILE))))
"""Every sign of the hostile names."""
