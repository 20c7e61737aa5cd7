/** A certificate for `localhost` that signs itself (X.509, RFC 5280), since Node makes keys but no certificates. */
import { generateKeyPairSync, sign } from 'node:crypto'

const ECDSA_WITH_SHA256 = tlv(0x30, Buffer.from('06082a8648ce3d040302', 'hex'))
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')
const DAY_MS = 86_400_000

/** In PEM. Good for a day. */
export function makeCertificate(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, tlv(0x0c, Buffer.from('localhost')))))
  const validity = tlv(0x30, utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS))
  const altNames = tlv(0x30, tlv(0x82, Buffer.from('localhost')))
  const extensions = tlv(0xa3, tlv(0x30, tlv(0x30, SUBJECT_ALT_NAME, tlv(0x04, altNames))))
  const certificate = tlv(
    0x30,
    tlv(0xa0, tlv(0x02, Buffer.from([2]))), // version 3
    tlv(0x02, Buffer.from([1])), // serial number
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  )
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', certificate, privateKey))
  const der = tlv(0x30, certificate, ECDSA_WITH_SHA256, signature)
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

/** Tag, length, value (DER, X.690). */
function tlv(tag: number, ...parts: Buffer[]): Buffer {
  const value = Buffer.concat(parts)
  const { length } = value
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), value])
}

function utcTime(time: number): Buffer {
  return tlv(0x17, Buffer.from(`${new Date(time).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))
}
