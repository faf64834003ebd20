"""Every figure of docs/figures.md by its definitions, from a log of deliveries: the judge of tests/integration/truth.test.mjs. Knows docs/figures.md, docs/wire.md and docs/api.md alone.

    python3 tests/oracles/figures.py QUESTIONS.json FIRST.ndjson [NEXT.ndjson …] > ANSWERS.json

Each line of the log is a row of the lake as it was delivered, repetitions and all. Order within a file means nothing; each file was delivered before the next began, which matters for the watermark alone.
The questions are those of the interface: {"catalogue": {video: facts}, "replayed": true when all of it was replayed from the lake, "figures": [{"brand", "from", "to", "time_zone", "by", "bots", "where"}],
"attention": [{"brand", "video", "from", "to", "time_zone", "bots"}], "visitors": [{"brand", "from", "to", "identity", "by", "where"}]}; the answers come in the same order, their rows in that of what they are told
apart by. Visitors are counted exactly here, and estimated by whom this judges.
"""
import base64
import json
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

HOUR_MS = 3_600_000
LATE_MS = 36 * HOUR_MS
WATERMARK_HOURS = 72
LEDGERS = 16
BOUND = 100
SEQS = 8192
CARTS_TOLD = 20

FILM_DIMENSIONS = {"video", "product", "series", "category"}
DIMENSIONS = ["hour", "video", "code", "product", "series", "category", "language", "shop", "country", "device", "bot", "currency"]
STARTUPS = [250, 500, 1000, 2000, 4000]
REASONS = ["tap", "next", "previous", "auto"]
SUMS = [
    "page_views", "impressions", "viewable_impressions", "opens", "carts", "carts_direct", "carts_assisted",
    "sessions", "starts", *(f"starts_{reason}" for reason in REASONS), "valid_plays", "completions", "ends", "exits_before_start",
    "playing_ms", "played_ms", "reached_ms", "duration_ms", "startup_ms", "startups", *(f"startups_{most}" for most in STARTUPS),
    "rebuffering_ms", "rebuffers", "seeks", "pauses", "rate_changes", "errors",
]
KNOWLEDGE = ["snapshots", "snapshots_lost", "late"]
VALUES = ["value_minor", "value_direct_minor", "value_assisted_minor"]
BOUGHT = ["purchases", "purchase_lines", "purchase_units", "value_minor", "purchases_direct", "purchases_assisted", "purchase_units_direct", "purchase_units_assisted", *VALUES[1:]]
DAY_MS = 24 * HOUR_MS
WINDOW_DAYS = 30
FIGURES = SUMS + KNOWLEDGE + BOUGHT


class Snapshot:
    """What one row says of one placement or session."""

    def __init__(self, row, kind, said):
        self.row, self.kind, self.said = row, kind, said
        self.view, self.id, self.seq = row["beacon"]["page_view"], said["id"], said["seq"]
        self.start_ms = row["received_at_ms"] - said["elapsed_ms"]
        self.late = said["elapsed_ms"] > LATE_MS
        # The best is the smallest.
        self.rank = (-said["seq"], row["received_at_ms"], row["beacon_id"].encode())
        # When it began by the page view's own clock, which begins at 0.
        self.began_ms = max(0, row["beacon"]["elapsed_ms"] - said["elapsed_ms"])


class Oracle:
    def __init__(self, files, catalogue, replayed):
        self.catalogue, self.replayed = catalogue, replayed
        # brand -> (page view, kind, id) -> its snapshots that arrived in time
        self.things = defaultdict(lambda: defaultdict(list))
        self.late = defaultdict(dict)
        self.after_watermark = Counter()
        # brand -> page view -> the beacons that said something of the brand
        self.beacons = defaultdict(lambda: defaultdict(list))
        # brand -> (shop, order) -> its reports that have a line of the brand
        self.orders = defaultdict(lambda: defaultdict(list))
        # (brand, visitor) -> (day, film) -> what was met: [(when, "shown" or "watched", the facts of then)]
        self.met = defaultdict(lambda: defaultdict(list))
        # brand -> {(identity, day, shop, film, "shown" or "watched", name)}
        self.visitors_of = defaultdict(set)
        seen = {}
        for rows in files:
            self.take(rows, seen)
        self.curves = {}
        self.cells = {brand: self.count(brand) for brand in {*self.things, *self.late, *self.orders}}

    def facts(self, row, video):
        return row["videos"].get(video) or (self.catalogue.get(video) if row.get("incomplete") else None)

    def brand(self, row, video):
        facts = self.facts(row, video)
        return facts and facts["brand"]

    def take(self, rows, seen):
        """`seen` is the hour of the latest receipt in each ledger: a brand has sixteen, by the first byte of the page view."""
        before = dict(seen)
        ledger = lambda brand, row: (brand, base64.urlsafe_b64decode(row["beacon"]["page_view"] + "==")[0] % LEDGERS)
        for row in rows:
            for brand in self.brands(row):
                key = ledger(brand, row)
                seen[key] = max(seen.get(key, 0), row["received_at_ms"] // HOUR_MS)
        for row in rows:
            for brand in self.brands(row):
                key = ledger(brand, row)
                self.take_row(brand, row, before.get(key, 0) - WATERMARK_HOURS, seen[key] - WATERMARK_HOURS)
            self.take_orders(row)
            self.take_met(row)

    def visitors(self, row):
        """Whose row it is: the hash of the day, and the shop's own name, each of this shop."""
        consent = row["beacon"].get("consent")
        names = [("day", row.get("visitor")), ("shop", consent.get("visitor"))] if consent and not row.get("bot") else []
        return [(row["shop"], kind, name) for kind, name in names if name]

    def take_met(self, row):
        beacon = row["beacon"]
        met = []
        for placement in beacon.get("placements", []):
            if placement["shown"] and placement["elapsed_ms"] <= LATE_MS:
                met += [(row["received_at_ms"] - placement["elapsed_ms"], "shown", video) for video in placement["videos"]]
        for session in beacon.get("sessions", []):
            started_ms = session.get("started_ms", session.get("startup_ms"))
            if started_ms is not None and session["elapsed_ms"] <= LATE_MS:
                began_ms = max(0, beacon["elapsed_ms"] - session["elapsed_ms"])
                met.append((row["received_at_ms"] - beacon["elapsed_ms"] + began_ms + started_ms, "watched", session["video"]))
        for at_ms, what, video in met:
            facts = self.facts(row, video)
            for visitor in self.visitors(row) if facts else []:
                self.met[(facts["brand"], visitor)][(at_ms // DAY_MS, video)].append((at_ms, what, [facts.get(name, "") for name in ("brand", "product", "series", "category", "language")]))
                shop, identity, name = visitor
                # The hash is that of the day of receipt: what began the day before is another's.
                if identity == "shop" or at_ms // DAY_MS == row["received_at_ms"] // DAY_MS:
                    self.visitors_of[facts["brand"]].add((identity, at_ms // DAY_MS, shop, video, what, name))

    def met_before(self, brand, row):
        """film -> ("direct" or "assisted", its facts at the earliest touch of a day that counts) of who bought what a row tells."""
        found = defaultdict(list)
        for visitor in self.visitors(row):
            for (day, video), touches in self.met[(brand, visitor)].items():
                by_then = {what for at_ms, what, _ in touches if at_ms <= row["received_at_ms"]}
                if by_then and row["received_at_ms"] // DAY_MS - day <= WINDOW_DAYS:
                    at_ms, _, facts = min(touches, key=lambda touch: (touch[0], touch[2]))
                    found[video].append(("direct" if "watched" in by_then else "assisted", at_ms, facts))
        return {
            video: ("direct" if any(how == "direct" for how, *_ in touches) else "assisted", min(touches, key=lambda touch: touch[1:])[2])
            for video, touches in found.items()
        }

    def take_orders(self, row):
        for purchase in row["beacon"].get("purchases", []):
            lines = defaultdict(list)
            for line in purchase["lines"]:
                matched = row.get("matched", {}).get(line["code"])
                for brand in matched["brands"] if matched else []:
                    lines[brand].append((matched["code"], line["quantity"], line.get("value_minor") or 0, matched["videos"]))
            for brand, of_brand in lines.items():
                report = (row["received_at_ms"], row["beacon_id"].encode(), row, purchase.get("currency") or "", of_brand)
                self.orders[brand][(row["shop"], purchase["order"])].append(report)

    def brands(self, row):
        beacon = row["beacon"]
        videos = [session["video"] for session in beacon.get("sessions", [])] + [video for placement in beacon.get("placements", []) for video in placement["videos"]]
        return {brand for brand in (self.brand(row, video) for video in videos) if brand}

    def take_row(self, brand, row, open_since, open_after):
        beacon = row["beacon"]
        said = [("placement", placement, placement["videos"]) for placement in beacon.get("placements", [])] + [("session", session, [session["video"]]) for session in beacon.get("sessions", [])]
        counted = False
        for kind, one, videos in said:
            if brand not in {self.brand(row, video) for video in videos}:
                continue
            snapshot = Snapshot(row, kind, one)
            key = (snapshot.view, kind, snapshot.id)
            if self.is_refused(snapshot.start_ms, open_since, open_after):
                self.after_watermark[brand] += 1
            elif snapshot.late:
                known = self.late[brand].setdefault((*key, snapshot.seq), snapshot)
                if (snapshot.start_ms // HOUR_MS, row["shop"]) < (known.start_ms // HOUR_MS, known.row["shop"]):
                    self.late[brand][(*key, snapshot.seq)] = snapshot
            else:
                self.things[brand][key].append(snapshot)
                counted = True
        start_ms = row["received_at_ms"] - beacon["elapsed_ms"]
        if counted and beacon["elapsed_ms"] <= LATE_MS and not self.is_refused(start_ms, open_since, open_after):
            self.beacons[brand][beacon["page_view"]].append(row)

    def is_refused(self, start_ms, open_since, open_after):
        if self.replayed or start_ms // HOUR_MS >= open_after:
            return False
        if start_ms // HOUR_MS < open_since:
            return True
        raise SystemExit(f"a start at {start_ms} is taken or not by the order within one file: put what comes before into a file of its own")

    def count(self, brand):
        """The brand's cells: of the whole and of films apart."""
        whole, films = defaultdict(Counter), defaultdict(Counter)
        views = defaultdict(lambda: {"placement": {}, "session": {}})
        for (view, kind, one), snapshots in self.things[brand].items():
            views[view][kind][one] = snapshots
        for view, kinds in views.items():
            bounded = {kind: dict(sorted(things.items(), key=lambda item: item[0].encode())[:BOUND]) for kind, things in kinds.items()}
            best = {kind: {one: min(snapshots, key=lambda snapshot: snapshot.rank) for one, snapshots in things.items()} for kind, things in bounded.items()}
            for one, snapshot in best["session"].items():
                for cells in (whole, films):
                    cells[self.session_cell(snapshot)].update(session_figures(snapshot, self.length_ms(snapshot)))
                self.attend(brand, snapshot)
            carts = self.carts(brand, best)
            for one, snapshot in best["placement"].items():
                ours = [video for video in dict.fromkeys(snapshot.said["videos"]) if self.brand(snapshot.row, video) == brand]
                whole[self.placement_cell(snapshot, "")].update({**placement_figures(snapshot), **carts.get((one, ""), {})})
                for video in ours:
                    films[self.placement_cell(snapshot, video)].update({**placement_figures(snapshot), **carts.get((one, video), {})})
            for kind, things in bounded.items():
                for one, snapshots in things.items():
                    seqs = {snapshot.seq for snapshot in snapshots if snapshot.seq <= SEQS}
                    cell = self.session_cell(best[kind][one]) if kind == "session" else self.placement_cell(best[kind][one], "")
                    known = {"snapshots": len(seqs), "snapshots_lost": max(seqs, default=0) - len(seqs)}
                    whole[cell].update(known)
                    if kind == "session":
                        films[cell].update(known)
            if self.beacons[brand][view]:
                first = min(self.beacons[brand][view], key=lambda row: (row["beacon"]["n"], row["received_at_ms"], row["beacon_id"].encode()))
                whole[self.cell(first, first["received_at_ms"] - first["beacon"]["elapsed_ms"])]["page_views"] += 1
        for snapshot in self.late[brand].values():
            # Nothing else is known of it.
            whole[self.cell({"shop": snapshot.row["shop"], "country": "", "device": ""}, snapshot.start_ms)]["late"] += 1
        for reports in self.orders[brand].values():
            received_at_ms, _, row, currency, lines = min(reports, key=lambda report: report[:2])
            whole[self.cell(row, received_at_ms)]["purchases"] += 1
            met, hows = self.met_before(brand, row), defaultdict(set)
            for code, quantity, value_minor, videos in lines:
                whole[self.cell(row, received_at_ms, code=code, currency=currency)].update(purchase_lines=1, purchase_units=quantity, value_minor=value_minor)
                of_line = {video: met[video] for video in videos if video in met}
                for video, (how, facts) in of_line.items():
                    hows[video].add(how)
                    films[self.film_cell(row, received_at_ms, video, facts, code=code, currency=currency)].update({f"purchase_units_{how}": quantity, f"value_{how}_minor": value_minor})
                if of_line:
                    how = "direct" if "direct" in {how for how, _ in of_line.values()} else "assisted"
                    hows[""].add(how)
                    whole[self.cell(row, received_at_ms, code=code, currency=currency)].update({f"purchase_units_{how}": quantity, f"value_{how}_minor": value_minor})
            for video, how in hows.items():
                figure = {"purchases_direct" if "direct" in how else "purchases_assisted": 1}
                (films if video else whole)[self.film_cell(row, received_at_ms, video, met[video][1]) if video else self.cell(row, received_at_ms)].update(figure)
        return {"placements": whole, "films": films}

    def cell(self, row, start_ms, facts=None, **more):
        facts = facts or {}
        return json.dumps({
            "hour": start_ms // HOUR_MS, "video": "", "code": "", "language": "", "currency": "",
            "product": facts.get("product", ""), "series": facts.get("series", ""), "category": facts.get("category", ""),
            "shop": row["shop"], "country": row["country"], "device": row["device"], "bot": row.get("bot", ""), **more,
        }, sort_keys=True)

    def film_cell(self, row, at_ms, video, facts, **more):
        _, product, series, category, language = facts
        return self.cell(row, at_ms, {"product": product, "series": series, "category": category}, video=video, language=language, **more)

    def code(self, snapshot):
        code = snapshot.said.get("code", "")
        return "" if code in snapshot.row.get("unlisted", []) else code

    def session_cell(self, snapshot):
        said = snapshot.said
        return self.cell(snapshot.row, snapshot.start_ms, self.facts(snapshot.row, said["video"]), video=said["video"], code=self.code(snapshot), language=self.facts(snapshot.row, said["video"]).get("language") or said["language"])

    def placement_cell(self, snapshot, video):
        return self.cell(snapshot.row, snapshot.start_ms, self.facts(snapshot.row, video) if video else None, video=video, code=self.code(snapshot))

    def carts(self, brand, best):
        """(placement, video or "") -> its carts, of the placements that count."""
        by_code = defaultdict(list)
        for one, snapshot in best["placement"].items():
            by_code[self.code(snapshot)].append(snapshot)
        starts = defaultdict(list)
        for snapshot in best["session"].values():
            # Old widgets say only how long it took to start.
            after_ms = snapshot.said.get("started_ms", snapshot.said.get("startup_ms"))
            if after_ms is not None:
                starts[(self.code(snapshot), snapshot.said["video"])].append(snapshot.began_ms + after_ms)
        found = {}
        for code, placements in by_code.items():
            winner = min(placements, key=lambda snapshot: (-snapshot.said["cart"], snapshot.id.encode()))
            count, told = winner.said["cart"], winner.said.get("carts_ms") or []
            # The carts that were not told are as the last that was, or have no time at all.
            heard = [winner.began_ms + at_ms for at_ms in told]
            heard += [heard[-1] if heard else None] * (count - len(heard))
            direct_of_any = set()
            for video in dict.fromkeys(winner.said["videos"]):
                if self.brand(winner.row, video) != brand:
                    continue
                direct = {nth for nth, at_ms in enumerate(heard) if at_ms is not None and any(start <= at_ms for start in starts[(code, video)])}
                direct_of_any |= direct
                found[(winner.id, video)] = {"carts": count, "carts_direct": len(direct), "carts_assisted": count - len(direct)}
            found[(winner.id, "")] = {"carts": count, "carts_direct": len(direct_of_any), "carts_assisted": count - len(direct_of_any)}
        return found

    def length_ms(self, snapshot):
        """How long a session's film is: by the row, or where that does not know, by the player."""
        return snapshot.row["videos"].get(snapshot.said["video"], {}).get("duration_ms") or snapshot.said["duration_ms"]

    def attend(self, brand, snapshot):
        duration = self.length_ms(snapshot)
        if not duration or not snapshot.said["played"]:
            return
        plays = [sum(times for start, end, times in snapshot.said["played"] if start <= duration * (2 * part + 1) // 200 < end) for part in range(100)]
        curves = self.curves.setdefault((brand, snapshot.said["video"]), [])
        curves.append((snapshot.start_ms // HOUR_MS, snapshot.row.get("bot", ""), plays))


def placement_figures(snapshot):
    said = snapshot.said
    return {"impressions": min(said["shown"], 1), "viewable_impressions": said["viewable"], "opens": said["opened"]}


def session_figures(snapshot, duration):
    said = snapshot.said
    reached = sum(max(0, min(end, duration or end) - start) for start, end, _ in said["played"])
    figures = {name: said[name] for name in ("playing_ms", "played_ms", "rebuffering_ms", "rebuffers", "seeks", "pauses", "rate_changes", "errors")}
    figures.update(ends=said["ended"], reached_ms=reached)
    if said["reason"] == "renewed":
        return figures
    started = said["started"]
    figures.update(sessions=1, starts=started, exits_before_start=int(said["state"] == "quit" and not started))
    figures[f"starts_{said['reason']}"] = started
    if started and duration:
        figures.update(
            valid_plays=int(reached >= min(3000, -(-duration // 4))),
            completions=int(reached * 100 >= duration * 95),
            duration_ms=duration,
        )
    startup = said.get("startup_ms")
    if startup is not None:
        figures.update(startup_ms=startup, startups=1, **{f"startups_{most}": int(startup <= most) for most in STARTUPS})
    return figures


def ratio(over, under):
    """With six digits, half up."""
    return float(Fraction((2 * 10**6 * over + under) // (2 * under), 10**6)) if under else None


def with_ratios(sums, one_currency):
    figures = {name: sums[name] for name in FIGURES}
    if not one_currency:
        figures.update(dict.fromkeys(VALUES))
    figures.update(
        viewable_rate=ratio(sums["viewable_impressions"], sums["impressions"]),
        play_rate=ratio(sums["starts"], sums["impressions"]),
        watched_share=ratio(sums["reached_ms"], sums["duration_ms"]),
        completion_rate=ratio(sums["completions"], sums["starts"]),
        exits_before_start_rate=ratio(sums["exits_before_start"], sums["sessions"]),
        rebuffering_ratio=ratio(sums["rebuffering_ms"], sums["playing_ms"] + sums["rebuffering_ms"]),
        startup_mean_ms=ratio(sums["startup_ms"], sums["startups"]),
    )
    return figures


def hour_of(text, zone):
    """The first UTC hour that begins at or after a moment of local time."""
    local = datetime.fromisoformat(text).replace(tzinfo=zone)
    return -(-int(local.timestamp() * 1000) // HOUR_MS)


def period(hour, unit, zone):
    moment = datetime.fromtimestamp(hour * 3600, timezone.utc)
    if unit == "hour":
        return moment.astimezone(zone).isoformat(timespec="minutes")
    day = moment.astimezone(zone).date()
    return {"day": day, "week": day - timedelta(days=day.weekday()), "month": day}[unit].isoformat()[: 7 if unit == "month" else 10]


def wanted_bots(bots):
    return {"exclude": lambda bot: not bot, "include": lambda bot: True, "only": bool}[bots]


def answer(oracle, question):
    zone = ZoneInfo(question.get("time_zone", "UTC"))
    first, last = hour_of(question["from"], zone), hour_of(question["to"], zone)
    by, where = question.get("by", []), question.get("where", {})
    films = bool(FILM_DIMENSIONS & ({*by} | {*where}))
    kinds = oracle.cells.get(question["brand"], {"placements": {}, "films": {}})
    bots = wanted_bots(question.get("bots", "exclude"))
    rows, total, quality, bot_views = defaultdict(Counter), Counter(), Counter({name: 0 for name in KNOWLEDGE}), Counter()
    for cell, figures in kinds["placements"].items():
        cell = json.loads(cell)
        if first <= cell["hour"] < last:
            quality.update({name: figures[name] for name in KNOWLEDGE})
            if cell["bot"] and any(figures.values()):
                bot_views[cell["bot"]] += figures["page_views"]
    for cell, figures in kinds["films" if films else "placements"].items():
        cell = json.loads(cell)
        if not first <= cell["hour"] < last or not bots(cell["bot"]) or not any(figures.values()) or any(cell[name] not in values for name, values in where.items()):
            continue
        key = tuple(period(cell["hour"], name, zone) if name in ("hour", "day", "week", "month") else cell[name] for name in by)
        rows[key].update(figures)
        total.update(figures)
    one_currency = len(where.get("currency", [])) == 1
    return {
        "of": "films" if films else "placements",
        "total": with_ratios(total, one_currency),
        "rows": [{**dict(zip(by, key)), **with_ratios(figures, one_currency or "currency" in by)} for key, figures in sorted(rows.items())] if by else [],
        "quality": {**quality, "loss": ratio(quality["snapshots_lost"], quality["snapshots"] + quality["snapshots_lost"]), "after_watermark": oracle.after_watermark[question["brand"]], "bot_page_views": dict(bot_views)},
    }


def attention(oracle, question):
    zone = ZoneInfo(question.get("time_zone", "UTC"))
    first, last = hour_of(question["from"], zone), hour_of(question["to"], zone)
    bots = wanted_bots(question.get("bots", "exclude"))
    plays, reach = [0] * 100, [0] * 100
    for hour, bot, of_session in oracle.curves.get((question["brand"], question["video"]), []):
        if first <= hour < last and bots(bot):
            plays = [sum(pair) for pair in zip(plays, of_session)]
            reach = [sum(pair) for pair in zip(reach, (int(times > 0) for times in of_session))]
    return {"plays": plays, "reach": reach}


def visitors(oracle, question):
    first, last = hour_of(question["from"], timezone.utc) // 24, hour_of(question["to"], timezone.utc) // 24
    by, where = question.get("by", []), question.get("where", {})
    rows, total = defaultdict(lambda: {"shown": set(), "watched": set()}), {"shown": set(), "watched": set()}
    for identity, day, shop, video, what, name in oracle.visitors_of[question["brand"]]:
        of = {"day": datetime.fromtimestamp(day * 86400, timezone.utc).date().isoformat(), "shop": shop, "video": video}
        if identity == question["identity"] and first <= day < last and all(of[dimension] in values for dimension, values in where.items()):
            # The same name at two shops is two shoppers; a hash is another one on another day by itself.
            rows[tuple(of[dimension] for dimension in by)][what].add((shop, name))
            total[what].add((shop, name))
    count = lambda sets: {what: len(shoppers) for what, shoppers in sets.items()}
    return {"total": count(total), "rows": [{**dict(zip(by, key)), **count(sets)} for key, sets in sorted(rows.items())] if by else []}


def main():
    questions, *logs = sys.argv[1:]
    with open(questions, encoding="utf-8") as file:
        asked = json.load(file)
    files = []
    for log in logs:
        with open(log, encoding="utf-8") as file:
            files.append([json.loads(line) for line in file if line.strip()])
    oracle = Oracle(files, asked.get("catalogue", {}), asked.get("replayed", False))
    answers = {"figures": [answer(oracle, question) for question in asked["figures"]], "attention": [attention(oracle, question) for question in asked["attention"]], "visitors": [visitors(oracle, question) for question in asked.get("visitors", [])]}
    sys.stdout.write(json.dumps(answers))


main()
