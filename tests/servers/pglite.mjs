// SPDX-License-Identifier: MIT
// Postgres with pgvector for tests: PGlite behind a loopback socket.  node pglite.mjs PORT-FILE
// REST_SECRET set: PORT-FILE.rest has the port of its RPC over HTTP, with tokens of that secret and the secret key
// REST_SECRET_KEY; REST_JWKS is a file of public keys; while the file REST_DISABLED is there, legacy keys are refused.
//
// PGlite is one session.  Connections take turns: one keeps the session from its first message
// to the end of its transaction or batch, and the others wait.  So the session's settings,
// temporary tables and session locks are shared, and there is no cancelling.
//
// PGlite reads what follows COPY FROM STDIN only when it comes with the query itself.  The
// server therefore answers CopyInResponse on its own, gathers the data, and hands the whole over;
// an error of the COPY arrives after its end.
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { renameSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { serveRest } from './rest.mjs'

const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104
const CANCEL_REQUEST = 80877102
const SYNC = Buffer.from([0x53, 0, 0, 0, 4])

const database = await PGlite.create({ extensions: { vector } })

// The connection that has the session, and who waits for it: [connection, go on].
let holder = null
const waiting = []

function take(connection) {
  if (holder === connection) return Promise.resolve()
  if (holder === null) {
    holder = connection
    return Promise.resolve()
  }
  return new Promise((goOn) => waiting.push([connection, goOn]))
}

function release(connection) {
  if (holder !== connection) return
  holder = null
  const next = waiting.shift()
  if (!next) return
  holder = next[0]
  next[1]()
}

async function execute(message) {
  const parts = []
  await database.runExclusive(() =>
    database.execProtocolRawStream(message, { onRawData: (data) => parts.push(Buffer.from(data)) }),
  )
  return Buffer.concat(parts)
}

// 1 binary, 0 text, -1: the query is no COPY FROM STDIN.
function copyFormat(query) {
  const text = query.subarray(5, query.length - 1).toString()
  if (!/^\s*copy\s[\s\S]*\sfrom\s+stdin\b/i.test(text)) return -1
  return /\bbinary\b/i.test(text) ? 1 : 0
}

class Connection {
  constructor(socket) {
    this.socket = socket
    this.received = Buffer.alloc(0)
    this.started = false
    this.copied = null // messages of a COPY that is not at its end
    this.batch = false // a batch of the extended protocol is open
    this.gone = false
    this.work = Promise.resolve()
    socket.setNoDelay(true)
    socket.on('data', (data) => this.receive(data))
    socket.on('error', () => {})
    socket.on('close', () => this.leave())
  }

  receive(data) {
    this.received = this.received.length ? Buffer.concat([this.received, data]) : data
    for (;;) {
      const head = this.started ? 1 : 0
      if (this.received.length < head + 4) return
      const length = head + this.received.readInt32BE(head)
      if (length < head + 4) return void this.socket.destroy()
      if (this.received.length < length) return
      const message = Buffer.from(this.received.subarray(0, length))
      this.received = this.received.subarray(length)
      if (!this.started && !this.begin(message)) continue
      const type = head ? String.fromCharCode(message[0]) : ''
      this.work = this.work.then(() => this.handle(type, message)).catch((error) => this.fault(error))
    }
  }

  // What comes before the protocol proper; is this its start?
  begin(message) {
    const code = message.readInt32BE(4)
    if (code === SSL_REQUEST || code === GSS_REQUEST) this.socket.write('N')
    else if (code === CANCEL_REQUEST) this.socket.destroy()
    else this.started = true
    return this.started
  }

  async handle(type, message) {
    if (this.copied) return this.copy(type, message)
    await take(this)
    if (this.gone) return // leave() ends what is open, and releases
    if (type === 'X') return void this.socket.end() // leave() ends what is open
    const format = type === 'Q' ? copyFormat(message) : -1
    if (format >= 0) {
      this.copied = [message]
      this.socket.write(Buffer.from([0x47, 0, 0, 0, 7, format, 0, 0]))
      return
    }
    this.answer(await execute(message))
    this.batch = !(type === 'Q' || type === 'S' || type === '')
    this.rest()
  }

  async copy(type, message) {
    if (type === 'd') this.copied.push(message)
    if (type !== 'c' && type !== 'f') return
    const whole = Buffer.concat([...this.copied, message])
    this.copied = null
    const reply = await execute(whole)
    // The client has had its CopyInResponse.
    this.answer(reply[0] === 0x47 ? reply.subarray(1 + reply.readInt32BE(1)) : reply)
    this.rest()
  }

  answer(reply) {
    if (!this.gone && reply.length) this.socket.write(reply)
  }

  rest() {
    if (!this.batch && !database.isInTransaction()) release(this)
  }

  // A client that is gone leaves no transaction, batch or place in the queue behind.
  leave() {
    this.gone = true
    const place = waiting.findIndex(([connection]) => connection === this)
    if (place >= 0) waiting.splice(place, 1)[0][1]()
    this.work = this.work
      .then(async () => {
        if (holder !== this) return
        if (database.isInTransaction()) await database.exec('ROLLBACK')
        else if (this.batch) await database.execProtocolRaw(SYNC)
      })
      .catch((error) => console.error(error))
      .then(() => release(this))
  }

  fault(error) {
    console.error(error)
    this.socket.destroy()
  }
}

async function exclusively(work) {
  const turn = {}
  await take(turn)
  try {
    return await work()
  } finally {
    release(turn)
  }
}

function listen(server, file) {
  return new Promise((done) => server.listen(0, '127.0.0.1', () => {
    writeFileSync(`${file}.new`, `${server.address().port}\n`)
    renameSync(`${file}.new`, file)
    done()
  }))
}

const [, , file] = process.argv
const secret = process.env.REST_SECRET
const { REST_SECRET_KEY: secretKey, REST_JWKS: keys, REST_DISABLED: disabled } = process.env
if (secret) await listen(serveRest(database, exclusively, { secret, secretKey, keys, disabled }), `${file}.rest`)
await listen(net.createServer((socket) => new Connection(socket)), file)
process.on('SIGTERM', () => process.exit(0))
