// What a trace of Chromium's says of a page's main thread.

export const CATEGORIES = ['-*', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8', 'v8.wasm', 'disabled-by-default-v8.compile', 'blink.user_timing'];

/** Where scripts are compiled and run; what these do to style and layout meanwhile is theirs. */
const SCRIPT = new Set([
  'EvaluateScript', 'v8.evaluateModule', 'v8.compile', 'v8.compileModule', 'v8.produceCache', 'FunctionCall', 'EventDispatch', 'TimerFire', 'RunMicrotasks', 'FireAnimationFrame', 'FireIdleCallback',
  'XHRReadyStateChange', 'XHRLoad', 'v8.wasm.compiledModule', 'v8.wasm.streamFromResponseCallback',
]);
const LONG_TASK_US = 50_000;
/** Which thread a page runs on, and since when: `{pid, tid, ts}`. */
export function threadOf(events, url) {
  const began = events.find(({ name, args }) => name === 'navigationStart' && args.data?.documentLoaderURL === url);
  if (!began) throw new Error(`the trace does not show ${url}`);
  return began;
}

/** The outermost of nested events, each with those inside it. */
function outermost(events) {
  const out = [];
  for (const event of events) {
    const last = out.at(-1);
    if (last && event.ts < last.until) last.inside.push(event);
    else out.push({ ...event, inside: [] });
  }
  return out;
}

/** Whether it is this bench's own doing, by the probe's name; what is asked through the protocol has none. */
const isProbe = ({ name, args, inside }) =>
  (['EvaluateScript', 'v8.compile'].includes(name) && isOwn(args)) || inside.some(({ name, args }) => name === 'FunctionCall' && isOwn(args));
const isOwn = ({ data, fileName }) => ['', 'bench-probe.js'].includes(data?.url || fileName || '');

/**
 * What a thread did: `script_ms`, its own processor time in scripts; `before_ms`, of that what came in the first `largest_ms`; `long` and `long_ms`, tasks of more than 50 ms and what they took
 * together; `long_script`, those of them in which scripts alone took so long.
 */
export function workOf(events, { pid, tid, ts: from }, largest_ms = 0) {
  const own = events
    .filter((event) => event.ph === 'X' && event.pid === pid && event.tid === tid && event.ts >= from)
    .map((event) => ({ ...event, until: event.ts + event.dur }))
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const scripts = outermost(own.filter(({ name }) => SCRIPT.has(name))).filter((event) => !isProbe(event));
  const ms = (list) => list.reduce((sum, event) => sum + (event.tdur ?? event.dur), 0) / 1_000;
  const long = outermost(own.filter(({ name }) => name === 'RunTask')).filter(({ tdur }) => tdur > LONG_TASK_US);
  const ofScript = ({ ts, until }) => ms(scripts.filter((event) => event.ts >= ts && event.ts < until)) * 1_000 > LONG_TASK_US;
  return {
    script_ms: ms(scripts),
    before_ms: ms(scripts.filter(({ ts }) => ts < from + largest_ms * 1_000)),
    long: long.length,
    long_ms: ms(long),
    long_script: long.filter(ofScript).length,
    own,
    scripts,
  };
}
