import type { ReactNode } from 'react'

/** What a mail says. */
export interface Draft {
  subject: string
  /** What lists of mails show beside the subject. */
  preview: string
  body: ReactNode
}

const FONT = 'ui-sans-serif,system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif'

/** For clients that follow the reader's choice. The colours of light mode stand at the elements: some clients drop this. */
const DARK = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.canvas{background:#0f1514!important;color:#e9efed!important}
.card{background:#161e1d!important;border-color:#2a3533!important}
.muted{color:#9fadaa!important}
.link{color:#7cc9c6!important}
.button{background:#7cc9c6!important;color:#08201f!important}
.code{background:#1b2d2c!important;color:#e9efed!important}
}`

/** The frame of every mail: one column, nothing to load, nothing that tells whether it was read. @param host ours */
export function Layout({ subject, preview, body, host }: Draft & { host: string }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{subject}</title>
        <style>{DARK}</style>
      </head>
      <body
        className="canvas"
        style={{ margin: '0', background: '#f7f8f7', color: '#17211f', fontFamily: FONT, lineHeight: '1.5' }}
      >
        <div data-text="none" style={{ display: 'none', maxHeight: '0', overflow: 'hidden' }}>
          {preview}
        </div>
        <table role="presentation" width="100%" cellPadding="0" cellSpacing="0" border={0}>
          <tbody>
            <tr>
              <td align="center" style={{ padding: '24px 16px' }}>
                <table
                  role="presentation"
                  width="100%"
                  cellPadding="0"
                  cellSpacing="0"
                  border={0}
                  style={{ maxWidth: '560px' }}
                >
                  <tbody>
                    <tr>
                      <td
                        className="card"
                        style={{
                          padding: '32px',
                          background: '#ffffff',
                          border: '1px solid #dfe4e2',
                          borderRadius: '16px',
                          textAlign: 'left',
                          overflowWrap: 'anywhere',
                        }}
                      >
                        <h1 style={{ margin: '0 0 16px', fontSize: '22px', lineHeight: '1.3' }}>{subject}</h1>
                        {body}
                      </td>
                    </tr>
                    <tr>
                      <td style={{ padding: '8px 32px', textAlign: 'left' }}>
                        <p className="muted" style={{ margin: '16px 0', color: '#55625f', fontSize: '14px' }}>
                          Sent by Gatehouse at {host}. Nobody reads replies to this mail.
                        </p>
                      </td>
                    </tr>
                  </tbody>
                </table>
              </td>
            </tr>
          </tbody>
        </table>
      </body>
    </html>
  )
}
