/** Starts a Worker anew for each request: which one, the request's `x-worker` says. */
interface LoadedWorker {
  getEntrypoint(): { fetch(request: Request): Promise<Response> }
}

/** https://developers.cloudflare.com/workers/runtime-apis/bindings/worker-loader/ */
interface Loader {
  get(id: string, load: () => object): LoadedWorker
}

/** For each Worker, by name, what `startRuntime` puts there. */
interface Environment {
  LOADER: Loader
  [code: `CODE_${string}`]: string
  [options: `OPTIONS_${string}`]: object
}

export default {
  async fetch(request: Request, env: Environment): Promise<Response> {
    const name = request.headers.get('x-worker') ?? ''
    const modules = { 'worker.js': env[`CODE_${name}`] }
    const load = () => ({ ...env[`OPTIONS_${name}`], mainModule: 'worker.js', modules })
    return env.LOADER.get(crypto.randomUUID(), load).getEntrypoint().fetch(request)
  },
}
