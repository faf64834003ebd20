// What this isolate remembers of KV: 30 s fresh, bounded in bytes, with what is not there remembered as well.

export interface Shop {
  origins: string[];
  market?: string;
  languages: string[];
  age: number;
}

export interface Video {
  id: string;
  brand: string;
  kind: string;
  language: string;
  captions?: string[];
  markets?: string[];
  from_ms?: number;
  until_ms?: number;
  shops?: string[];
  not_shops?: string[];
  age?: number;
  show: Record<string, unknown>;
}

interface Entry {
  readAt: number;
  bytes: number;
  value: unknown;
}

const FRESH_MS = 30_000;
const OVERHEAD_BYTES = 128;

export class Memory {
  // A Map keeps the order of insertion, and every entry is read anew after 30 s: what was asked for longest ago goes first.
  private entries = new Map<string, Entry>();
  private bytes = 0;

  constructor(private readonly capacity: number) {}

  isFresh(key: string, now: number): boolean {
    const entry = this.entries.get(key);
    return entry !== undefined && now - entry.readAt <= FRESH_MS;
  }

  shop(key: string): Shop | null {
    return (this.entries.get(key)?.value ?? null) as Shop | null;
  }

  record(key: string): Video[] | null {
    return ((this.entries.get(key)?.value ?? null) as { videos: Video[] } | null)?.videos ?? null;
  }

  keep(key: string, text: string | null, now: number): void {
    this.drop(key);
    const bytes = key.length + (text?.length ?? 0) + OVERHEAD_BYTES;
    this.entries.set(key, { readAt: now, bytes, value: text === null ? null : JSON.parse(text) });
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.capacity) break;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.bytes -= entry.bytes;
  }
}
