// A QR code of a short text (ISO/IEC 18004, bytes, error correction M, versions 1 to 15), as an SVG element.

const PER_BLOCK = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24];
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10];
const LAST = 15;

/* ---- the field of 256 elements ---- */

function times(x, y) {
  let z = 0;
  for (let i = 7; i >= 0; i--) {
    z = (z << 1) ^ ((z >>> 7) * 0x11d);
    z ^= ((y >>> i) & 1) * x;
  }
  return z;
}

function divisor(degree) {
  const result = new Uint8Array(degree);
  result[degree - 1] = 1;
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2))
    for (let k = 0; k < degree; k++) result[k] = times(result[k], root) ^ (k + 1 < degree ? result[k + 1] : 0);
  return result;
}

function remainder(data, by) {
  const result = new Array(by.length).fill(0);
  for (const octet of data) {
    const factor = octet ^ result.shift();
    result.push(0);
    by.forEach((one, i) => (result[i] ^= times(one, factor)));
  }
  return result;
}

/* ---- octets ---- */

function modules_for_data(version) {
  let n = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const align = Math.floor(version / 7) + 2;
    n -= (25 * align - 10) * align - 55;
  }
  return version >= 7 ? n - 36 : n;
}

const octets_of = (version) => Math.floor(modules_for_data(version) / 8);
const capacity = (version) => octets_of(version) - PER_BLOCK[version] * BLOCKS[version];

function data_octets(text, version) {
  const bits = [];
  const put = (value, n) => {
    for (let i = n - 1; i >= 0; i--) bits.push((value >>> i) & 1);
  };
  const room = capacity(version) * 8;
  put(4, 4);
  put(text.length, version < 10 ? 8 : 16);
  for (const octet of text) put(octet, 8);
  put(0, Math.min(4, room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
  return Array.from({ length: room / 8 }, (_, i) => bits.slice(i * 8, i * 8 + 8).reduce((sum, bit) => sum * 2 + bit, 0));
}

function with_correction(data, version) {
  const count = BLOCKS[version];
  const per = PER_BLOCK[version];
  const all = octets_of(version);
  const short_count = count - (all % count);
  const short_length = Math.floor(all / count) - per;
  const by = divisor(per);
  const blocks = [];
  for (let i = 0, at = 0; i < count; i++) {
    const n = short_length + (i < short_count ? 0 : 1);
    const part = data.slice(at, at + n);
    blocks.push({ part, check: remainder(part, by) });
    at += n;
  }
  const out = [];
  for (let i = 0; i <= short_length; i++) for (const b of blocks) if (i < b.part.length) out.push(b.part[i]);
  for (let i = 0; i < per; i++) for (const b of blocks) out.push(b.check[i]);
  return out;
}

/* ---- the square ---- */

function alignments(version) {
  if (version === 1) return [];
  const n = Math.floor(version / 7) + 2;
  const size = version * 4 + 17;
  const step = Math.ceil((version * 4 + 4) / (n * 2 - 2)) * 2;
  return [6, ...Array.from({ length: n - 1 }, (_, i) => size - 7 - (n - 2 - i) * step)];
}

class Square {
  constructor(version) {
    this.version = version;
    this.size = version * 4 + 17;
    this.dark = Array.from({ length: this.size }, () => new Array(this.size).fill(false));
    this.fixed = Array.from({ length: this.size }, () => new Array(this.size).fill(false));
    this.patterns();
  }

  set(x, y, dark) {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.dark[y][x] = dark;
    this.fixed[y][x] = true;
  }

  finder(x, y) {
    for (let dy = -4; dy <= 4; dy++)
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        this.set(x + dx, y + dy, ring !== 2 && ring !== 4);
      }
  }

  patterns() {
    const { size, version } = this;
    for (let i = 0; i < size; i++) {
      this.set(6, i, i % 2 === 0);
      this.set(i, 6, i % 2 === 0);
    }
    this.finder(3, 3);
    this.finder(size - 4, 3);
    this.finder(3, size - 4);
    const at = alignments(version);
    at.forEach((x, i) =>
      at.forEach((y, k) => {
        const corner = (i === 0 && k === 0) || (i === 0 && k === at.length - 1) || (i === at.length - 1 && k === 0);
        if (corner) return;
        for (let dy = -2; dy <= 2; dy++)
          for (let dx = -2; dx <= 2; dx++) this.set(x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
      }),
    );
    this.format(0);
    if (version >= 7) this.version_bits();
  }

  /* Level M is 0 in the format's two bits. */
  format(mask) {
    const { size } = this;
    let rest = mask;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
    const bits = ((mask << 10) | rest) ^ 0x5412;
    const bit = (i) => ((bits >>> i) & 1) === 1;
    for (let i = 0; i <= 5; i++) this.set(8, i, bit(i));
    this.set(8, 7, bit(6));
    this.set(8, 8, bit(7));
    this.set(7, 8, bit(8));
    for (let i = 9; i < 15; i++) this.set(14 - i, 8, bit(i));
    for (let i = 0; i < 8; i++) this.set(size - 1 - i, 8, bit(i));
    for (let i = 8; i < 15; i++) this.set(8, size - 15 + i, bit(i));
    this.set(8, size - 8, true);
  }

  version_bits() {
    let rest = this.version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
    const bits = (this.version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const dark = ((bits >>> i) & 1) === 1;
      const a = this.size - 11 + (i % 3);
      const b = Math.floor(i / 3);
      this.set(a, b, dark);
      this.set(b, a, dark);
    }
  }

  fill(octets) {
    let i = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.size; step++) {
        const y = ((right + 1) & 2) === 0 ? this.size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (this.fixed[y][x] || i >= octets.length * 8) continue;
          this.dark[y][x] = ((octets[i >>> 3] >>> (7 - (i & 7))) & 1) === 1;
          i++;
        }
      }
    }
  }

  /* One mask of the eight, always: readers take any, and the others only make it easier for poor cameras. */
  mask() {
    for (let y = 0; y < this.size; y++)
      for (let x = 0; x < this.size; x++) if (!this.fixed[y][x] && (x + y) % 3 === 0) this.dark[y][x] = !this.dark[y][x];
    this.format(3);
  }
}

function square_of(text) {
  const octets = new TextEncoder().encode(text);
  let version = 1;
  while (version <= LAST && capacity(version) < octets.length + (version < 10 ? 2 : 3)) version++;
  if (version > LAST) return null;
  const square = new Square(version);
  square.fill(with_correction(data_octets(octets, version), version));
  square.mask();
  return square;
}

/** For whoever cannot see it, label says what it is. A text that is too long gives nothing to look at. */
export function qr_svg(text, label) {
  const NS = "http://www.w3.org/2000/svg";
  const square = square_of(text);
  if (!square) return document.createTextNode("");
  const svg = document.createElementNS(NS, "svg");
  const path = document.createElementNS(NS, "path");
  const runs = [];
  square.dark.forEach((row, y) => row.forEach((dark, x) => dark && runs.push(`M${x},${y}h1v1h-1z`)));
  svg.setAttribute("viewBox", `0 0 ${square.size} ${square.size}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  path.setAttribute("d", runs.join(""));
  svg.append(path);
  return svg;
}
