// A reader of server-sent events (HTML living standard, 9.2.6) over fetch. The browser's own EventSource hides comments,
// and the beat is a comment: without it a dead line looks alive. Reconnects by itself where it stopped.

const WAITS_MS = [500, 1000, 2000, 4000, 8000];

export class Stream {
  constructor(url, { onEvent, onBeat, onEnd }) {
    this.url = url;
    this.onEvent = onEvent;
    this.onBeat = onBeat;
    this.onEnd = onEnd;
    this.lastId = "";
    this.failures = 0;
    this.closed = true;
  }

  open() {
    if (!this.closed) return;
    this.closed = false;
    this.#run();
  }

  close() {
    this.closed = true;
    this.abort?.abort();
    clearTimeout(this.timer);
  }

  async #run() {
    this.abort = new AbortController();
    try {
      const headers = { Accept: "text/event-stream" };
      if (this.lastId) headers["Last-Event-ID"] = this.lastId;
      const answer = await fetch(this.url, { headers, signal: this.abort.signal, cache: "no-store", redirect: "error" });
      if (answer.status === 401) return this.#end();
      if (!answer.ok) throw new Error(String(answer.status));
      this.failures = 0;
      await this.#read(answer.body.getReader());
    } catch {
      // a lost line is no fault of the page: the age shown says so, and the next try is on its way
    }
    if (this.closed) return;
    const wait = WAITS_MS[Math.min(this.failures++, WAITS_MS.length - 1)];
    this.timer = setTimeout(() => this.#run(), wait * (0.75 + Math.random() / 2));
  }

  async #read(reader) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.onBeat();
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop();
      blocks.forEach((block) => this.#block(block));
    }
  }

  #block(block) {
    let name = "message";
    let id = null;
    const data = [];
    for (const line of block.split("\n")) {
      if (line.startsWith(":")) continue;
      const [, field, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
      if (field === "event") name = value;
      else if (field === "data") data.push(value);
      else if (field === "id") id = value;
    }
    if (id !== null) this.lastId = id;
    if (name === "signed-out") return this.#end();
    if (name === "parked") return this.close(); // newer pages took its place; whoever looks at this one opens it again
    if (data.length) this.onEvent(name, data.join("\n"));
  }

  #end() {
    this.closed = true;
    this.onEnd();
  }
}
