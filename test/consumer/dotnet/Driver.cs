using System.Net;
using System.Text.Json;
using Azure.Core;

// Runs the recipe of docs/consumers.md. Each line read is an instant of the simulated time: four tasks ask at once.
// Answers are JSON, a line each: statuses, and how many requests were refused at first.
var time = new MovedTime { Now = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(Console.ReadLine()!)) };
using var http = new HttpClient();
var url = Environment.GetEnvironmentVariable("AI_MODELS_URL");
var vault = new Uri("https://kv-ai102-secure.vault.azure.net");
var key = new RotatingKey(vault, "ai-services", new ManagedIdentity(http), time: time);

// As an application that starts: on a busy machine the first call, with all that it loads, may take longer than a read may.
for (var tries = 1; ; tries++)
{
    try { await key.GetAsync(); break; }
    catch (OperationCanceledException) when (tries < 10) { }
}

async Task<HttpStatusCode> Send(string value)
{
    using var request = new HttpRequestMessage(HttpMethod.Get, url);
    request.Headers.Add("api-key", value);
    using var answer = await http.SendAsync(request);
    return answer.StatusCode;
}

async Task<(HttpStatusCode Status, bool WasRefused)> Ask()
{
    var used = await key.GetAsync();
    var status = await Send(used);
    return status == HttpStatusCode.Unauthorized ? (await Send(await key.GetAsync(refused: used)), true) : (status, false);
}

while (Console.ReadLine() is { } line)
{
    time.Now = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(line));
    var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Ask)));
    var statuses = answers.Select(answer => (int)answer.Status);
    Console.WriteLine(JsonSerializer.Serialize(new { statuses, refused = answers.Count(answer => answer.WasRefused) }));
}

class MovedTime : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;
}

/// The identity endpoint of App Service. Its tokens end by the simulated time, but the SDK goes by the machine's.
class ManagedIdentity(HttpClient http) : TokenCredential
{
    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext context, CancellationToken cancel)
    {
        static string? Of(string name) => Environment.GetEnvironmentVariable(name);
        var resource = Uri.EscapeDataString(context.Scopes[0].Replace("/.default", ""));
        var query = $"api-version=2019-08-01&resource={resource}&client_id={Of("AZURE_CLIENT_ID")}";
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Of("IDENTITY_ENDPOINT")}?{query}");
        request.Headers.Add("X-IDENTITY-HEADER", Of("IDENTITY_HEADER"));
        using var answer = (await http.SendAsync(request, cancel)).EnsureSuccessStatusCode();
        using var token = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancel), cancellationToken: cancel);
        return new(token.RootElement.GetProperty("access_token").GetString()!, DateTimeOffset.UtcNow.AddMinutes(10));
    }

    public override AccessToken GetToken(TokenRequestContext context, CancellationToken cancel) =>
        GetTokenAsync(context, cancel).AsTask().GetAwaiter().GetResult();
}
