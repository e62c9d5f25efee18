"""Texts that would do harm where a text becomes a part of a query, a pattern, a path, a template or a command.

INJECTIONS are for every parameter there is. TYPED are for the fields of JSON, where an object in the place of a text
has reached databases before.
"""

from itertools import islice, product
from typing import Any, Final

_BREAKS = (
    *("'", '"', "\\'", "')", "'))", "`", "%27", "\u2019", "\uff07", "1", "-1", "0x27", "' --", "';", "%", "\x00'"),
    *("1)", "';\n", "' /*", "*/ '"),
)
_TAILS = (
    " OR 1=1--",
    " OR '1'='1",
    " UNION SELECT sql FROM sqlite_master--",
    " UNION ALL SELECT NULL,NULL,NULL,version()--",
    "; DROP TABLE messages;--",
    "; UPDATE staff SET role='admin';--",
    " AND 1=CAST((SELECT version()) AS int)--",
    " AND randomblob(900000000)--",
    " AND (SELECT pg_sleep(9)) IS NULL--",
    "||(SELECT hex(data_key) FROM sessions)||",
    "; COPY messages TO PROGRAM 'id';--",
    "; ATTACH DATABASE '/tmp/x.php' AS x;--",
    " AND load_extension('x')--",
    " LIKE '%",
    " GLOB '*' --",
    " MATCH 'a* NEAR b",
    " ORDER BY 99--",
    " LIMIT 1 OFFSET 999999999--",
    " COLLATE x",
    " RETURNING *",
    "\\x27\\x20OR\\x201=1",
    "%' ESCAPE '",
    " WAITFOR DELAY '0:0:9'--",
)
_OTHERS = (
    *(
        "%",
        "_",
        "\\",
        "*",
        '"',
        "NEAR(",
        "AND",
        "OR NOT",
        "a AND",
        '"a',
        "a* b^2",
        "{a b}: c",
        "(((",
        "^",
        "-a",
        ":",
        "+",
    ),
    *("{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{% debug %}", "{0.__class__}", "%(x)s", "%n%s%x", "$where"),
    *("$(id)", "`id`", "| id", "; id", "&& id", "\n/bin/id", "() { :; }; id"),
    *(
        "../../etc/passwd",
        "..\\..\\x",
        "/etc/passwd",
        "file:///etc/passwd",
        "%2e%2e%2f",
        "....//",
        "\0.png",
        "C:\\x",
        "CON",
    ),
    *("*)(uid=*", "' or count(/*)=1 or '", "]]>", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///x'>]>", "[$ne]=1"),
    *(
        "a\r\nSet-Cookie: x=1",
        "a\r\n\r\n<html>",
        "a\nInjected: 1",
        "a\u2028b",
        "\u202e",
        "\ufeff",
        "\ufffe",
        "\x1b[31m",
    ),
    *(
        "NaN",
        "Infinity",
        "-0",
        "1e309",
        "9" * 40,
        "0x10",
        "1_000",
        "\u0661\u0662",
        "null",
        "true",
        "undefined",
        "[]",
        "{}",
    ),
    *("2026-02-30", "10000-01-01", "0000-00-00", "-1.-1", "1.1~x~1~1", "99999999999.1", "1.2~~~", "~", "."),
    *("(a+)+$", "a" * 5000, "\U0010ffff" * 10, "e\u0301" * 500, "  ", "\t", ""),
)

INJECTIONS: Final = (*_OTHERS, *islice((a + b for a, b in product(_BREAKS, _TAILS)), 500))

TYPED: Final[tuple[Any, ...]] = (
    *({"$gt": ""}, {"$ne": None}, {"$where": "1"}, {"__proto__": {"x": 1}}, {"toString": "x"}, {}),
    *(["a"], [], [None], [["a"]], [{"a": "b"}], True, False, None, 0, -1, 1.5, 10**30, "\x00", "\u0085"),
)
