import type { NextConfig } from 'next'
import { PHASE_DEVELOPMENT_SERVER } from 'next/constants.js'

/** `scripts/dev.mjs` sets both variables: where `next dev` builds to, and the Wrangler file of its bindings, where it has the store's Worker beside it. */
const { GATEHOUSE_DIST_DIR: distDir, GATEHOUSE_BINDINGS: configPath } = process.env

/** On its own cache, which is Next's to keep. */
const WITHOUT_ADVICE = { infrastructureLogging: { level: 'error' } }
/** Writing some 500 MB of cache would hold up every request for seconds, past the store's deadlines, and starting with it is no faster. */
const IN_MEMORY = { cache: { type: 'memory' } }

export default async function configure(phase: string): Promise<NextConfig> {
  const isDevelopment = phase === PHASE_DEVELOPMENT_SERVER
  const config: NextConfig = {
    // `app/dev` is in no production build.
    pageExtensions: isDevelopment ? ['dev.tsx', 'tsx', 'ts'] : ['tsx', 'ts'],
    poweredByHeader: false,
    reactStrictMode: true,
    webpack: (options) => Object.assign(options, isDevelopment ? IN_MEMORY : WITHOUT_ADVICE),
    // Next would rewrite 127.0.0.1 to localhost in middleware's redirects, away from the cookies' host.
    skipMiddlewareUrlNormalize: true,
    // For `forbidden()`.
    experimental: { authInterrupts: true },
  }
  if (!isDevelopment) return config
  // What was once made stays: there are few pages, and going from one to the other would make them again and again.
  config.onDemandEntries = { maxInactiveAge: 3_600_000, pagesBufferLength: 100 }
  if (configPath) {
    const { setupDevPlatform } = await import('@cloudflare/next-on-pages/next-dev')
    // Its variables would go over those of the environment, and nothing is kept here: the data is the Worker's.
    await setupDevPlatform({ configPath, persist: false, remoteBindings: false, envFiles: [] })
  }
  return distDir ? { ...config, distDir, typescript: { tsconfigPath: `${distDir}.tsconfig.json` } } : config
}
