// One viewing of one film, as the player's module tells it: cumulative totals, and what of the film was played how often (docs/wire.md).

const MOST_PARTS = 200;

export class Viewing {
  /** `open_ms` is the age of the page view. */
  constructor({ id, placement, code, video, language, reason, duration_ms, open_ms }) {
    this.open_ms = open_ms;
    this.rate = 1;
    this.changed = true;
    this.seq = 0;
    this.plays = [];
    this.said = {
      id, placement, video, language, reason, duration_ms, ...(code !== undefined && { code }),
      state: 'starting', position_ms: 0, started: 0, ended: 0, playing_ms: 0, rebuffering_ms: 0, rebuffers: 0, seeks: 0, pauses: 0, rate_changes: 0, errors: 0,
    };
  }

  /** `asked_ms` is when the viewer asked for it, after the opening where it was the viewer who kept it waiting. Old widgets do not say when it started. */
  start(at_ms, asked_ms) {
    const { said } = this;
    const started = said.reason === 'renewed' ? {} : { startup_ms: at_ms - asked_ms };
    Object.assign(said, { started: 1, state: 'playing', ...started, ...('code' in said && { started_ms: at_ms - this.open_ms }) });
  }

  /** Plays for so long, or to the end; returns how long that was. */
  play(most_ms) {
    const { said } = this;
    const left_ms = said.duration_ms ? said.duration_ms - said.position_ms : Infinity;
    const wall_ms = Math.min(most_ms, Math.ceil(left_ms / this.rate));
    const to_ms = said.position_ms + Math.min(left_ms, Math.round(wall_ms * this.rate));
    if (to_ms > said.position_ms) this.plays.push([said.position_ms, to_ms]);
    said.playing_ms += wall_ms;
    said.position_ms = to_ms;
    said.state = 'playing';
    if (said.duration_ms && to_ms >= said.duration_ms) Object.assign(said, { state: 'ended', ended: said.ended + 1 });
    return wall_ms;
  }

  count(what, state) {
    this.said[what] += 1;
    if (state) this.said.state = state;
  }

  seek(position_ms) {
    this.count('seeks', 'playing');
    this.said.position_ms = Math.max(0, Math.min(position_ms, this.said.duration_ms || position_ms));
  }

  /** How often each part was played, ascending; neighbours differ or do not touch. */
  played() {
    const turns = new Map();
    for (const [from_ms, to_ms] of this.plays) {
      turns.set(from_ms, (turns.get(from_ms) ?? 0) + 1);
      turns.set(to_ms, (turns.get(to_ms) ?? 0) - 1);
    }
    const parts = [];
    let times = 0, since_ms = 0;
    for (const [at_ms, turn] of [...turns].filter(([, turn]) => turn).sort(([one], [other]) => one - other)) {
      if (times) parts.push([since_ms, at_ms, times]);
      [times, since_ms] = [times + turn, at_ms];
    }
    return parts;
  }

  /** A session that would need more parts ends, and a new one begins. */
  get isFull() {
    return this.played().length > MOST_PARTS - 4;
  }

  snapshot(at_ms) {
    this.changed = false;
    const played = this.played();
    const played_ms = played.reduce((sum, [from_ms, to_ms, times]) => sum + (to_ms - from_ms) * times, 0);
    return { ...this.said, seq: (this.seq += 1), elapsed_ms: at_ms - this.open_ms, played_ms, played };
  }
}
