// Builds what shops load into build/widget/: the loader, and the widget's glue, WebAssembly and twin under names that their contents give; and all of it in one file, for
// shops that pin it by its hash.
//
//   node scripts/build-widget.mjs            builds, unless nothing has changed since the last time
//   node scripts/build-widget.mjs --check    builds, prints the sizes against the budgets, and fails above them
//
// The tools are those of `toolEnv` (lib.mjs); CARGO_TARGET_DIR is respected.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { digest, root, toolEnv } from './lib.mjs'

const out = join(root, 'build', 'widget')

// The browsers that the rest of the widget needs anyway (`<dialog>`, adopted style sheets, `AbortSignal.timeout`).
const TARGET = ['chrome105', 'firefox110', 'safari16.4']

// What every browser above has. Not reference types: without them the module is smaller, and wasm2js can read it.
const RUST_TARGET = 'wasm32v1-none'
const FEATURES = [
  { rust: 'bulk-memory', binaryen: 'bulk-memory' },
  { rust: 'sign-ext', binaryen: 'sign-ext' },
  { rust: 'mutable-globals', binaryen: 'mutable-globals' },
  { rust: 'nontrapping-fptoint', binaryen: 'nontrapping-float-to-int' },
]
const WASM_FEATURES = FEATURES.map(({ binaryen }) => `--enable-${binaryen}`)
const RUST_FLAGS = [
  `-Ctarget-feature=${FEATURES.map(({ rust }) => '+' + rust)}`,
  // The stack comes first in memory, so a small one keeps the addresses of all constants short; it needs about a kilobyte. Overflowing it traps.
  '-Clink-arg=-zstack-size=16384',
  // An exception leaves the stack as it was where it was thrown; start.js puts it back.
  '-Clink-arg=--export=__stack_pointer',
  // Hand on numbers instead of the addresses of numbers, which the compiler leaves out where it builds for size: 4 % of the whole.
  '-Cpasses=cgscc(argpromotion)',
  '-Cpasses=sroa',
]

// Found by trying: 4 % less after brotli than `-Oz --converge`. A trap here is a panic, or memory that has run out: there is nothing to be saved then, so what only leads there is left out.
const PASSES = ['--low-memory-unused', '--traps-never-happen', '-O3', '--flatten', '--rereloop', '-Oz', '-Oz', '--converge', '--reorder-functions']

const TYPES = { js: 'text/javascript; charset=utf-8', wasm: 'application/wasm', json: 'application/json' }

/** What only some pages need, by the names of its files. */
const ASIDE = { d: 'discover.js', c: 'gate.js', purchase: 'purchase.js', x: 'debug.js' }

/** Bytes after brotli 11 that a shopper's page may cost. */
export const BUDGETS = [
  { what: 'page without a video: loader', most: 1300, of: (name) => name === 'shelfreel.js' },
  { what: 'page with a video, before the tap: loader, glue, button', most: 10_000, of: (name) => /^(shelfreel\.js|b-.*)$/.test(name) },
  { what: 'the same as JavaScript, where WebAssembly is forbidden: loader, button', most: 14_000, of: (name) => /^(shelfreel\.js|bt-.*)$/.test(name) },
  { what: 'the tap: glue, player', most: 13_200, of: (name) => /^p-/.test(name) },
  { what: 'the tap, as JavaScript: player', most: 18_500, of: (name) => /^pt-/.test(name) },
  { what: 'a long film, where the browser has no good player of its own: the engine', most: 100_000, of: (name) => /^h-/.test(name) },
  { what: 'the pinned tag: everything, as JavaScript', most: 34_500, of: (name) => /^shelfreel-/.test(name) },
]

/** The sizes against the budgets: `[{what, bytes, most, ok}]`. */
export function check(manifest) {
  return BUDGETS.map(({ what, most, of }) => {
    const bytes = [...manifest.files, manifest.pinned, manifest.engine].filter(({ name }) => of(name)).reduce((sum, { brotli }) => sum + brotli, 0)
    return { what, bytes, most, ok: bytes <= most }
  })
}

/** Builds what has changed and returns the manifest. */
export function build() {
  const inputs = inputsHash()
  const stamp = join(out, '.inputs')
  const manifestFile = join(out, 'manifest.json')
  if (existsSync(manifestFile) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) {
    return JSON.parse(readFileSync(manifestFile, 'utf8'))
  }
  const scratch = join(root, 'build', 'widget-scratch')
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch, { recursive: true })
  const [button, player] = ['button', 'player'].map((part) => compile(part, scratch))
  const start = `export { start } from ${JSON.stringify(join(root, 'widget', 'start.js'))}`
  const parts = {
    ...asWasm('b', button, scratch, [start]),
    ...asWasm('p', player, scratch),
    ...asTwin('bt', button, scratch, [start]),
    ...asTwin('pt', player, scratch),
    ...Object.fromEntries(Object.entries(ASIDE).map(([name, file]) => [name + '.js', minify(join(root, 'widget', file), ['--format=esm'])])),
  }
  // Button, player and discovery of one build belong together, and so share the end of their names.
  // Without what the engine would say in the page's console.
  const engine = minify(join(root, 'widget', 'hls.js'), ['--format=esm', '--drop:console'])
  const build = '-' + hash(...Object.values(parts), engine) + '.'
  const named = Object.entries(parts).map(([name, bytes]) => ({ name: name.replace('.', build), bytes: Buffer.from(bytes), immutable: true }))
  const loader = asLoader(join(root, 'widget', 'loader.js'), build)
  const pinned = asPinned(scratch)
  const name = `shelfreel-${hash(pinned)}.js`
  const integrity = `sha384-${createHash('sha384').update(pinned).digest('base64')}`
  // For whoever writes the tag: which file it is now.
  const now = JSON.stringify({ v: 1, src: `/v1/widget/${name}`, integrity }) + '\n'
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const files = [
    { name: 'shelfreel.js', bytes: Buffer.from(loader), immutable: false },
    { name: 'pinned.json', bytes: Buffer.from(now), immutable: false },
    ...named,
  ].map(write)
  const manifest = {
    version: version(),
    loader: 'shelfreel.js',
    files,
    // These two are too large for the worker that holds the files.
    pinned: { ...write({ name, bytes: Buffer.from(pinned), immutable: true }), integrity },
    engine: write({ name: 'h' + build + 'js', bytes: Buffer.from(engine), immutable: true }),
  }
  writeFileSync(manifestFile, JSON.stringify(manifest, null, 2) + '\n')
  writeFileSync(stamp, inputs)
  rmSync(scratch, { recursive: true, force: true })
  return manifest
}

/** One of the widget's modules and its glue, with the names between them made short: `{wasm, glue, names}`, the path of the one, the text of the other. */
function compile(part, scratch) {
  run('cargo', ['build', '-p', `shelfreel-${part}`, '--release', '--target', RUST_TARGET], { CARGO_TARGET_WASM32V1_NONE_RUSTFLAGS: RUST_FLAGS.join(' ') })
  const target = process.env.CARGO_TARGET_DIR || join(root, 'target')
  const built = join(target, RUST_TARGET, 'release', `shelfreel_${part}.wasm`)
  run(tool('WASM_BINDGEN_BIN'), [
    built, '--target', 'bundler', '--no-typescript', '--remove-name-section', '--remove-producers-section', '--out-dir', scratch,
  ])
  forgetPlaces(join(scratch, `shelfreel_${part}_bg.wasm`))
  const wasm = join(scratch, part + '.wasm')
  const wasmOpt = tool('WASM_OPT_BIN')
  run(wasmOpt, [
    join(scratch, `shelfreel_${part}_bg.wasm`), '-o', wasm, ...PASSES, ...WASM_FEATURES,
    '--strip-debug', '--strip-producers', '--strip-target-features',
  ])
  // Not with --converge, which would rename again what it has renamed.
  const names = JSON.parse(run(wasmOpt, [wasm, '-o', wasm, ...WASM_FEATURES, '--minify-imports-and-exports-and-modules']))
  const glue = rename(readFileSync(join(scratch, `shelfreel_${part}_bg.js`), 'utf8'), names)
  mustFit(glue, readFileSync(wasm), names)
  const [, stack] = names.exports.find(([name]) => name === '__stack_pointer') ?? fail('the module does not export its stack')
  return { wasm, names, glue: `${glue}export const stack = ${JSON.stringify(stack)}\n` }
}

/** Takes out of a module the places in the source where it could panic, and what the standard library would say then, and the hundred pairs of digits with which it would write numbers: it stops without a word. */
function forgetPlaces(file) {
  const text = readFileSync(file, 'latin1')
  // As many bytes as before, so that nothing else moves; wasm-opt leaves out what is zero.
  const forgotten = text.replace(/\/rustc\/[\da-f]{40}[\w/.-]+?\.rs|(?:playback|widget\/\w+)\/src\/\w+\.rs|memory allocation of | bytes failed|capacity overflow|attempt to divide by zero|0001(?:\d\d){97}99/g, (said) => '\0'.repeat(said.length))
  writeFileSync(file, forgotten, 'latin1')
}

/** Fails when the glue lacks what the module asks of it, or the other way round, or when there is something to be called first: start.js would not notice. */
function mustFit(glue, bytes, names) {
  const module = new WebAssembly.Module(bytes)
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name))
  const strays = [
    ...WebAssembly.Module.imports(module).filter(({ module, name }) => module !== 'a' || !glue.includes(`export function ${name}(`)).map(({ module, name }) => `${module}.${name}`),
    ...[...glue.matchAll(/\bwasm\.([\w$]+)/g)].map(([, name]) => name).filter((name) => !exported.has(name)),
    ...names.exports.map(([name]) => name).filter((name) => name === '__wbindgen_start'),
  ]
  if (strays.length) fail(`the tools no longer write glue that fits its module: look at ${strays.join(', ')}`)
}

/** A module as WebAssembly, with its glue and further lines, by file name. */
function asWasm(name, { wasm, glue, names }, scratch, lines = []) {
  const source = { glue: gathered(glue, names) }
  return { [name + '.wasm']: readFileSync(wasm), [name + '.js']: bundle(join(scratch, name), source, [`export * from './glue.js'`, ...lines]) }
}

/** The glue with all that the module imports in one object, as `instantiateStreaming` takes it: a tenth less than as many functions, each exported. */
function gathered(glue, { imports }) {
  const gather = (rest, [, , name]) => {
    const [whole, given, does] = new RegExp(`^export function ${name.replaceAll('$', '\\$')}(\\(.*\\)) {\n(?: *//.*\n)? *(?:return )?(.*);\n}\n`, 'm').exec(rest) ?? fail(`the tools write ${name} otherwise than as one statement`)
    members.push(`${name}: ${given} => ${does}`)
    return rest.replace(whole, () => '')
  }
  const members = []
  const rest = imports.reduce(gather, glue)
  return `${rest}export const imports = { a: { ${members} } }\n`
}

/** The same as JavaScript, in one file, for pages that forbid WebAssembly: the twin. */
function asTwin(name, { wasm, glue }, scratch, lines = []) {
  const source = {
    glue,
    twin: replaced(run(tool('WASM2JS_BIN'), [wasm, '-Oz', ...WASM_FEATURES]), `from 'a'`, `from './glue.js'`),
  }
  return { [name + '.js']: bundle(join(scratch, name), source, [`export * from './glue.js'`, `export * as twin from './twin.js'`, ...lines]) }
}

/** All in one script, which asks for no other and runs no WebAssembly: the loader, and what it and start.js would import, as JavaScript. */
function asPinned(scratch) {
  const folder = join(scratch, 'pinned')
  mkdirSync(folder)
  const source = (name) => readFileSync(join(root, 'widget', name), 'utf8')
  const put = (name, text) => writeFileSync(join(folder, name), text)
  // The same to the letter, but for how it comes by its parts.
  const bringing = (text) => `import { bring } from './bring.js'\n${text.replaceAll('import(', 'bring(')}`
  put('entry.js', bringing(replaced(source('loader.js'), 'data.engine', `'js'`)))
  put('start.js', bringing(source('start.js')))
  put('bt.js', `export * from '../bt/glue.js'\nexport * as twin from '../bt/twin.js'\nexport { start } from './start.js'`)
  put('purchase.js', bringing(source('purchase.js')))
  put('wire.js', source('wire.js'))
  // Nothing of a part runs before it is asked for.
  const parts = { bt: './bt.js', pt: '../pt/entry.js', purchase: './purchase.js', ...Object.fromEntries(['d', 'c'].map((name) => [name, join(root, 'widget', ASIDE[name])])) }
  const bring = Object.entries(parts).map(([name, file]) => `${name}: () => import(${JSON.stringify(file)})`)
  put('bring.js', `const parts = {${bring}}\nexport const bring = async (address) => parts[/widget\\/(\\w+)/.exec(address)[1]]()`)
  return asLoader(join(folder, 'entry.js'), '.')
}

/** The loader, which names the parts of a build, or has them in itself. */
function asLoader(entry, build) {
  return minify(entry, ['--format=iife', `--define:__BUILD__=${JSON.stringify(build)}`])
}

/** One script of several in a folder, by the lines that say what it exports. */
function bundle(folder, files, lines) {
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name + '.js'), text)
  writeFileSync(join(folder, 'entry.js'), lines.join('\n') + '\n')
  return minify(join(folder, 'entry.js'), ['--format=esm'])
}

/** Replaces what there must be. */
function replaced(text, what, by) {
  const changed = text.replace(what, by)
  return changed === text ? fail(`the tools no longer write ${what}: look what they write in its place`) : changed
}

function fail(message) {
  throw new Error(message)
}

/** Gives imports and exports in the glue the names that wasm-opt gave them in the module. */
function rename(glue, { imports, exports }) {
  const short = new Map(imports.map(([, name, to]) => [name, to]))
  const member = new Map(exports.map(([name, to]) => [name, to]))
  const renamed = glue
    // What is written by hand stands in widget/.
    .replace(/ from '\.\/(\w+\.js)'/g, (_, name) => ` from ${JSON.stringify(join(root, 'widget', name))}`)
    .replace(/^export function (\w+)\(/gm, (all, name) => (short.has(name) ? `export function ${short.get(name)}(` : all))
    .replace(/\bwasm\.(\w+)/g, (all, name) => (member.has(name) ? `wasm.${member.get(name)}` : all))
  const changes = [
    // Each function in one line.
    [/const ret = (.*);\n( *return .*)\bret\b/g, (_, what, by) => by + what],
    // How the glue is given its module.
    ['function __wbg_set_wasm(', 'function set('],
    // Memory that grows detaches the old view of it only in WebAssembly, and not in the twin.
    [/cachedUint8ArrayMemory0 === null \|\| cachedUint8ArrayMemory0\.byteLength === 0(?=[^]*?(wasm\.[\w$]+\.buffer))/, 'cachedUint8ArrayMemory0?.buffer !== $1'],
    // An array of holes is one of nothing.
    ['.fill(undefined)', ''],
    // Numbers are numbers: kinds, places and counts are small, and what is true need not be `true`. Only milliseconds may be more than 31 bits hold.
    [/const val1 = \+kind;\s*(.*)\bval1\b/, '$1kind'],
    [/^(?!.*\.view\()(.*)\b(arg\d) >>> 0\b/gm, '$1$2'],
    [/\b(arg\d) !== 0\b/g, '$1'],
    // What is let go of is not asked for besides.
    [/^( *)takeObject\(arg0\);$/m, '$1dropObject(arg0);'],
    // Addresses are far below 2 GB.
    [/ptr = ptr >>> 0;\s*/g, ''],
    [/\bptr \/ 1\b/g, 'ptr'],
    // Safari's decoder stops after 2 GB, which no page says to us.
    [/function decodeText\(bytes\) \{[^]*?\n\}/, ''],
    [/\bdecodeText\(/g, 'cachedTextDecoder.decode('],
    [/(?<=let )cachedTextDecoder = [^]*?numBytesDecoded = 0;/, 'cachedTextDecoder = new TextDecoder();'],
  ]
  return changes.reduce((text, [what, by]) => replaced(text, what, by), renamed)
}

function minify(entry, options) {
  return run(tool('ESBUILD_BIN'), [entry, '--bundle', '--minify', '--charset=utf8', `--target=${TARGET}`, `--define:__VERSION__=${JSON.stringify(version())}`, ...options])
}

function hash(...contents) {
  const sum = createHash('sha256')
  for (const content of contents) sum.update(content)
  return sum.digest('hex').slice(0, 8)
}

function write({ name, bytes, immutable }) {
  const brotli = squeeze(bytes)
  const gzip = gzipSync(bytes, { level: 9 })
  writeFileSync(join(out, name), bytes)
  writeFileSync(join(out, name + '.br'), brotli)
  writeFileSync(join(out, name + '.gz'), gzip)
  const content_type = TYPES[name.split('.').pop()]
  return { name, content_type, immutable, bytes: bytes.length, gzip: gzip.length, brotli: brotli.length }
}

/**
 * Brotli 11, by what the encoder does best with of a few windows and codings of distances, which its own guess misses by 1 % of so small a file. Every decoder reads all of
 * them. A large file gains nothing by it.
 */
function squeeze(bytes) {
  const encode = ([window, postfix, direct]) =>
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        [constants.BROTLI_PARAM_LGWIN]: window,
        [constants.BROTLI_PARAM_NPOSTFIX]: postfix,
        [constants.BROTLI_PARAM_NDIRECT]: direct << postfix,
      },
    })
  const smallest = (tried) => tried.map(encode).reduce((best, one) => (one.length < best.length ? one : best))
  if (bytes.length > 64_000) return encode([22, 0, 0])
  return smallest([11, 12, 13, 14, 15, 22].flatMap((window) => [0, 1, 2, 3, 4, 8, 12].flatMap((direct) => [0, 1, 2].map((postfix) => [window, postfix, direct]))))
}

function version() {
  return /^version = "(.+)"$/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))[1]
}

/** A hash of everything that the outcome depends on. */
const inputsHash = () => digest(['Cargo.toml', 'Cargo.lock', 'playback', 'widget', 'package-lock.json', 'scripts/build-widget.mjs', 'scripts/lib.mjs'])

/** Where a tool is, by the variable that names it. */
function tool(variable) {
  const found = toolEnv()[variable]
  if (!existsSync(found)) throw new Error(`${variable} is ${found}, which is not there: \`npm start\` and \`npm test\` install it`)
  return found
}

function run(command, given, environment = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, given, {
    cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, ...environment },
  })
  if (error) throw new Error(`${command} did not start: ${error.message}`)
  if (status !== 0) throw new Error(`${command} failed:\n${stderr || stdout}`)
  return stdout
}

if (import.meta.url === pathToFileURL(process.argv[1] || '').href) {
  try {
    const manifest = build()
    for (const { name, bytes, gzip, brotli } of [...manifest.files, manifest.pinned, manifest.engine]) console.log(`${name.padEnd(22)} ${bytes} bytes, ${gzip} gzip, ${brotli} brotli`)
    if (process.argv.includes('--check')) {
      const results = check(manifest)
      for (const { what, bytes, most, ok } of results) console.log(`${ok ? 'ok  ' : 'OVER'} ${what}: ${bytes} of ${most} bytes`)
      if (results.some(({ ok }) => !ok)) process.exitCode = 1
    }
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
