const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

/**
 * This process's environment less what would lead the demo astray: a proxy of the user's own, and settings of an app
 * that the user works on. Removed from the process too, which talks only to loopback.
 */
export function cleanedEnvironment(): NodeJS.ProcessEnv {
  for (const name of Object.keys(process.env)) {
    if (proxyVariables.includes(name) || /^(KEYTURN_|AzureWebJobs|WEBSITE_|AZURE_|IDENTITY_)/i.test(name))
      delete process.env[name];
  }
  return process.env;
}
