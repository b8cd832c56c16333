declare const SwaggerUIBundle: (options: object) => { preauthorizeApiKey(name: string, value: string): void };

/**
 * Starts Swagger UI in the browser, with examples of a user who does not exist yet, and in the colours of the system.
 * The page carries this function as text, so it uses nothing from outside itself.
 */
export function docsClient(token: string | null): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', paint);
  paint();

  async function start() {
    const digits = String(crypto.getRandomValues(new Uint32Array(1))[0]! % 1e8).padStart(8, '0');
    const text = (await (await fetch('/openapi.json')).text())
      .replaceAll('EMPLY001', `EMPLY${digits}`)
      .replaceAll('john.doe@example.com', `john.doe.${digits}@example.com`)
      .replaceAll('6281122334455', `62811${digits}`);
    // A choice of one server, without a label for screen readers, is left out.
    const { servers: _, ...spec } = JSON.parse(text);
    const ui = SwaggerUIBundle({
      spec,
      dom_id: '#swagger-ui',
      deepLinking: true,
      tryItOutEnabled: true,
      validatorUrl: null,
      onComplete: () => token !== null && ui.preauthorizeApiKey('accessToken', token),
    });
  }
  void start();
}
