import type { NextConfig } from 'next'
import { PHASE_DEVELOPMENT_SERVER } from 'next/constants.js'

/** `scripts/dev.mjs` sets both variables: where `next dev` builds to, and whether it has the store's Worker beside it. */
const { GATEHOUSE_DIST_DIR: distDir, GATEHOUSE_STORE: store } = process.env

export default async function configure(phase: string): Promise<NextConfig> {
  const config: NextConfig = {
    poweredByHeader: false,
    reactStrictMode: true,
    webpack: (options) => Object.assign(options, { infrastructureLogging: { level: 'error' } }), // no advice on its cache
    // Next would rewrite 127.0.0.1 to localhost in middleware's redirects, away from the cookies' host.
    skipMiddlewareUrlNormalize: true,
    // For `forbidden()`.
    experimental: { authInterrupts: true },
  }
  if (phase !== PHASE_DEVELOPMENT_SERVER) return config
  if (store === 'durable') {
    const { setupDevPlatform } = await import('@cloudflare/next-on-pages/next-dev')
    // Its variables would go over those of the environment, and nothing is kept here: the data is the Worker's.
    await setupDevPlatform({ persist: false, remoteBindings: false, envFiles: [] })
  }
  return distDir ? { ...config, distDir, typescript: { tsconfigPath: `${distDir}.tsconfig.json` } } : config
}
