"""Product codes as others read them: writes tests/fixtures/gtin-vectors.json.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install python-stdnum==2.2
    npm install --prefix /tmp/oracle gtin@1.0.2
    NODE_PATH=/tmp/oracle/node_modules /tmp/oracle/bin/python tests/oracles/gtin.py > tests/fixtures/gtin-vectors.json

`canonical` is the code in 14 digits, or null where the source refuses it. The sources know check digits, lengths, ISBN and
UPC-E; none of them knows restricted circulation, which matching/tests/gtin_vectors.rs allows for.
"""
import json
import random
import subprocess
import sys

from stdnum import ean, isbn
from stdnum.exceptions import ValidationError

random.seed(2026)
SEPARATORS = ["", "-", " "]


def digits(count):
    return "".join(random.choice("0123456789") for _ in range(count))


def separated(text):
    at = random.randrange(1, len(text))
    return text[:at] + random.choice(SEPARATORS) + text[at:]


def read(source, text, canonical):
    try:
        return {"source": source, "text": text, "canonical": canonical(text.replace(" ", "").replace("-", "")).zfill(14)}
    except ValidationError:
        return {"source": source, "text": text, "canonical": None}


vectors = []
for length in (6, 7, 8, 8, 12, 12, 13, 13, 13, 14, 14, 15, 16):
    for _ in range(30):
        payload = digits(length - 1)
        right = payload + ean.calc_check_digit(payload)
        vectors.append(read("stdnum.ean", separated(right), ean.validate))
        vectors.append(read("stdnum.ean", separated(payload + digits(1)), ean.validate))
        swapped = list(right)
        swapped[1], swapped[2] = swapped[2], swapped[1]
        vectors.append(read("stdnum.ean", "".join(swapped), ean.validate))
for _ in range(150):
    payload = digits(9)
    for check in "0123456789X":
        if isbn.is_valid(payload + check):
            vectors.append(read("stdnum.isbn", separated(payload + check), isbn.to_isbn13))
    payload = random.choice(["978", "979"]) + digits(9)
    vectors.append(read("stdnum.isbn", separated(payload + ean.calc_check_digit(payload)), isbn.to_isbn13))

upc_e = ["0" + digits(6) for _ in range(150)]
script = "const { upcE } = require('gtin'); console.log(JSON.stringify(JSON.parse(process.argv[1]).map((c) => upcE.expand(c + '0').slice(0, 11))))"
expanded = json.loads(subprocess.run(["node", "-e", script, json.dumps(upc_e)], check=True, capture_output=True, text=True).stdout)
for short, upc in zip(upc_e, expanded):
    check = ean.calc_check_digit(upc)
    vectors.append({"source": "npm gtin", "text": short + check, "canonical": (upc + check).zfill(14)})

json.dump(vectors, sys.stdout, indent=0, separators=(",", ":"))
print()
