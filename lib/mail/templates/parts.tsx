import type { ReactNode } from 'react'
import type { Incident } from '../../auth/mail.ts'
import { deviceName } from '../device-name.ts'

const IN_UTC = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

export function Paragraph({ children }: { children: ReactNode }) {
  return <p style={{ margin: '16px 0' }}>{children}</p>
}

/** A button, and its link written out, for whoever would rather see where it leads, or gets no HTML. */
export function Button({ href, children }: { href: string; children: string }) {
  return (
    <>
      <p data-text="none" style={{ margin: '24px 0' }}>
        <a
          className="button"
          href={href}
          style={{
            display: 'inline-block',
            padding: '12px 20px',
            borderRadius: '8px',
            background: '#0f5f63',
            color: '#ffffff',
            fontWeight: '600',
            textDecoration: 'none',
          }}
        >
          {children}
        </a>
      </p>
      <p className="muted" data-text="none" style={{ margin: '16px 0 4px', color: '#55625f', fontSize: '14px' }}>
        Or open this link:
      </p>
      <WrittenLink href={href} />
    </>
  )
}

export function WrittenLink({ href }: { href: string }) {
  return (
    <p style={{ margin: '0 0 16px', fontSize: '14px' }}>
      <a className="link" href={href} style={{ color: '#0f5f63' }}>
        {href}
      </a>
    </p>
  )
}

/** Six digits, large enough to be read across a desk. */
export function Code({ children }: { children: string }) {
  return (
    <p
      className="code"
      style={{
        margin: '16px 0',
        padding: '12px 16px',
        borderRadius: '8px',
        background: '#e3efee',
        fontFamily: 'ui-monospace,Menlo,Consolas,monospace',
        fontSize: '30px',
        fontWeight: '600',
        letterSpacing: '0.2em',
      }}
    >
      {children}
    </p>
  )
}

/** When, and from where. */
export function Facts({ at, ip, userAgent }: Incident) {
  return (
    <Paragraph>
      <strong>When:</strong> {IN_UTC.format(at * 1_000)} UTC
      <br />
      <strong>Device:</strong> {deviceName(userAgent)}
      {ip && (
        <>
          <br />
          <strong>IP address:</strong> {ip}
        </>
      )}
    </Paragraph>
  )
}
