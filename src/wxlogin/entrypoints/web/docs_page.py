"""The documentation page: the OpenAPI document as HTML, whole in itself, without a script."""

import json
import shlex
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

from wxlogin.entrypoints.web.language import Both, Language

Json = Mapping[str, Any]

_STYLE = """
:root{--ink:#1d2129;--soft:#5c6470;--line:#e3e6ea;--ground:#fff;--raised:#f6f7f9;--link:#0b7a3e;
--get:#0b7a3e;--post:#1f5fbf;--put:#9a6200;--delete:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--soft:#9aa3ad;--line:#30363d;
--ground:#14171b;--raised:#1c2127;--link:#4cc38a;--get:#4cc38a;--post:#7db3ff;--put:#e0b060;
--delete:#ff8f87}}
*{box-sizing:border-box}html{scroll-padding-top:1rem}
body{margin:0;color:var(--ink);background:var(--ground);
font:16px/1.65 system-ui,-apple-system,"PingFang SC","Microsoft YaHei",sans-serif}
a{color:var(--link);text-decoration:none}a:hover,a:focus{text-decoration:underline}
.frame{display:grid;grid-template-columns:19rem minmax(0,1fr);max-width:78rem;margin:auto}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem 1rem;
border-right:1px solid var(--line);font-size:.85rem}
nav a{display:flex;gap:.5rem;padding:.15rem 0;color:inherit;overflow-wrap:anywhere}
main{padding:1.5rem 2rem 6rem}h1{margin:.2rem 0}h2{margin-top:3rem}
section{border-top:1px solid var(--line);padding:1.2rem 0}
section h3{margin:0;font-size:1.05rem;display:flex;gap:.6rem;flex-wrap:wrap;align-items:baseline}
h4{margin:1.1rem 0 .3rem;font-size:.85rem;color:var(--soft)}
code,pre{font:.86rem/1.55 ui-monospace,SFMono-Regular,Consolas,monospace}
pre{background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:.8rem;
overflow:auto;margin:.3rem 0}
b.m{font:700 .72rem ui-monospace,monospace;min-width:3.6em}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.delete{color:var(--delete)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;
border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:500}
td:first-child{white-space:nowrap}.soft{color:var(--soft)}.wide{overflow-x:auto}
tr:target{background:var(--raised)}
@media(max-width:52rem){.frame{display:block}nav{position:static;height:auto;border:0}
main{padding:1rem}}
"""
STYLE_HASH = f"sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}"
"""What the page's Content-Security-Policy lets through, and nothing else."""

_LABELS = {
    "title": Both("wxlogin 接口文档", "wxlogin API"),
    "intro": Both(
        "微信小程序登录服务。请求与响应均为 UTF-8 编码的 JSON；时间为 RFC 3339 UTC。"
        "错误为 application/problem+json，请按 code 判断。",
        "Login for WeChat mini-programs. JSON in UTF-8 both ways, times in RFC 3339 UTC. "
        "Errors are application/problem+json; decide by code.",
    ),
    "other": Both('<a href="?lang=en">English</a>', '<a href="?lang=zh">中文</a>'),
    "errors": Both("错误码", "Error codes"),
    "needs": Both("凭证", "Shows"),
    "parameters": Both("参数", "Parameters"),
    "body": Both("请求体", "Body"),
    "answer": Both("回答", "Answer"),
    "fields": Both("字段", "Field"),
    "type": Both("类型", "Type"),
    "about": Both("说明", "About"),
    "required": Both("必填", "required"),
    "status": Both("状态", "Status"),
    "meaning": Both("含义与处理", "Meaning, and what to do"),
    "bearer": Both("访问令牌", "access token"),
    "tokenHeader": Both("", ""),
    "serviceToken": Both("服务凭证", "service token"),
    "refresh": Both("或请求体中的 refresh_token", "or refresh_token in the body"),
}


def page(document: Json, language: Language) -> str:
    """Answers the whole page in one language."""
    writer = _Writer(document, language)
    return "".join(writer.lines())


class _Writer:
    """Writes the parts of the page; every text is escaped where it is put in."""

    def __init__(self, document: Json, language: Language) -> None:
        self.document = document
        self.language = language

    def lines(self) -> Iterator[str]:
        title = self.say("title")
        yield f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8">'
        yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
        yield f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        yield '<div class="frame"><nav>'
        yield from (
            f'<a href="#{op["operationId"]}">{_badge(method)}<span>{escape(path)}</span></a>'
            for path, method, op in self.operations()
        )
        yield f'<p><a href="#errors">{self.say("errors")}</a></p></nav><main>'
        yield f"<h1>{title} <small class=soft>{escape(self.document['info']['version'])}</small>"
        yield f"</h1><p>{self.say('intro')}</p><p>{self.say('other')} · "
        yield '<a href="/openapi.json">openapi.json</a></p>'
        for path, method, operation in self.operations():
            yield from self.section(path, method, operation)
        yield from self.error_table()
        yield "</main></div></body></html>\n"

    def say(self, label: str) -> str:
        return _LABELS[label].in_(self.language)

    def read(self, described: Json, name: str) -> str:
        """Answers a text of the document in the page's language."""
        if self.language is Language.ZH:
            found = described.get(f"x-zh-{name}") or described.get("x-zh") or ""
            return escape(str(found or described.get(name, "")))
        return escape(str(described.get(name, "")))

    def operations(self) -> Iterator[tuple[str, str, Json]]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def section(self, path: str, method: str, operation: Json) -> Iterator[str]:
        yield f'<section id="{operation["operationId"]}"><h3>{_badge(method)}'
        yield f"<code>{escape(path)}</code></h3><p>{self.read(operation, 'summary')}</p>"
        if operation["security"]:
            yield f"<h4>{self.say('needs')}</h4>{self.credentials(operation['security'])}"
        if operation["parameters"]:
            yield f"<h4>{self.say('parameters')}</h4>"
            yield _table(
                (f"<code>{escape(p['name'])}</code>", p["in"], self.read(p, "description"))
                for p in operation["parameters"]
            )
        body = operation.get("requestBody", {}).get("content", {})
        if body:
            yield f"<h4>{self.say('body')} <code>{escape(', '.join(body))}</code></h4>"
            yield self.fields(next(iter(body.values()))["schema"])
        yield f"<pre>{escape(self.curl(path, method, operation))}</pre>"
        yield from self.answers(operation["responses"])
        yield "</section>"

    def credentials(self, security: Iterable[Json]) -> str:
        names = [name for each in security for name in each]
        shown = [self.say(name) for name in names if self.say(name)]
        return ", ".join([*shown, *([self.say("refresh")] if {} in security else [])])

    def answers(self, responses: Json) -> Iterator[str]:
        for status, response in responses.items():
            for kind, media in response.get("content", {"": {}}).items():
                if kind == "application/problem+json":
                    continue
                yield f"<h4>{self.say('answer')} {status} <code>{kind}</code></h4>"
                if "schema" in media:
                    yield self.fields(media["schema"])
                if "example" in media:
                    yield f"<pre>{escape(_pretty(media['example']))}</pre>"
        codes = [
            code
            for response in responses.values()
            for code in response.get("content", {})
            .get("application/problem+json", {})
            .get("examples", {})
        ]
        links = " · ".join(f'<a href="#{code}">{code}</a>' for code in codes)
        yield f"<h4>{self.say('errors')}</h4><p>{links}</p>"

    def fields(self, schema: Json) -> str:
        inside = self.resolved(schema)
        required = set(inside.get("required", ()))
        rows = [
            (
                f"<code>{escape(name)}</code>",
                escape(self.type_of(field)),
                f"<span class=soft>{self.say('required') if name in required else ''}</span>",
                self.read(self.described(field), "description"),
            )
            for name, field in inside.get("properties", {}).items()
        ]
        return _table(rows) if rows else ""

    def type_of(self, schema: Json) -> str:
        if "anyOf" in schema:
            return " | ".join(self.type_of(each) for each in schema["anyOf"])
        inside = self.resolved(schema)
        if "enum" in inside:
            return " | ".join(json.dumps(each) for each in inside["enum"])
        if inside.get("type") == "array":
            return f"[{self.type_of(inside.get('items', {}))}]"
        if "$ref" in schema:
            return "{" + ", ".join(inside.get("properties", {})) + "}"
        return str(inside.get("type", "any"))

    def described(self, schema: Json) -> Json:
        """Answers the part of a schema that carries its description."""
        parts = [schema, *schema.get("anyOf", ())]
        return next((each for each in parts if "description" in each), {})

    def resolved(self, schema: Json) -> Json:
        if "$ref" in schema:
            found: Json = self.document["components"]["schemas"][schema["$ref"].rsplit("/")[-1]]
            return found
        return schema

    def curl(self, path: str, method: str, operation: Json) -> str:
        verb = "" if method == "get" else f"-X {method.upper()} "
        pieces = [f"curl {verb}{self.document['servers'][0]['url']}{path}"]
        if operation["security"]:
            pieces.append('-H "Authorization: Bearer $TOKEN"')
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "multipart/form-data":
                pieces.append("-F avatar=@avatar.png")
            elif kind == "application/json":
                example = json.dumps(media.get("example", {}), ensure_ascii=False)
                pieces += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(example)}"]
        return " \\\n  ".join(pieces)

    def error_table(self) -> Iterator[str]:
        yield f'<h2 id="errors">{self.say("errors")}</h2><div class="wide"><table><tr>'
        yield f"<th>code</th><th>{self.say('status')}</th><th>{self.say('meaning')}</th></tr>"
        for code, example in self.document["components"]["examples"].items():
            value = example["value"]
            text = example["x-zh"] if self.language is Language.ZH else value
            yield f'<tr id="{code}"><td><code>{code}</code></td><td>{value["status"]}</td>'
            yield f"<td><b>{escape(text['title'])}</b><br>{escape(text['detail'])}</td></tr>"
        yield "</table></div>"


def _badge(method: str) -> str:
    return f'<b class="m {method}">{method.upper()}</b>'


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table>{body}</table></div>'


def _pretty(example: object) -> str:
    return json.dumps(example, ensure_ascii=False, indent=2)
