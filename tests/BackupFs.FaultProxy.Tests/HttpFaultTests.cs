using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace BackupFs.FaultProxy.Tests;

[SuppressMessage("Reliability", "CA1001", Justification = "The fields are disposed in DisposeAsync.")]
public sealed class HttpFaultTests : IAsyncLifetime
{
    /// <summary>Guards against hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private HttpServer _server = null!;
    private TcpProxy _proxy = null!;
    private HttpClient _client = null!;

    public Task InitializeAsync()
    {
        _server = new HttpServer();
        _proxy = TcpProxy.StartHttp(_server.EndPoint);
        _client = new HttpClient { BaseAddress = new Uri(_proxy.Url), Timeout = Limit };
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync().AsTask().WaitAsync(Limit);
        Assert.Empty(_proxy.Connections);
        await _server.DisposeAsync().AsTask().WaitAsync(Limit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?chunked")]
    public async Task Without_faults_requests_pass_on_one_connection(string query)
    {
        foreach (var length in new[] { 0, 1, 100, 500_000 })
        {
            Assert.True((await _client.GetByteArrayAsync($"/{length}{query}")).AsSpan().SequenceEqual(HttpServer.Body(length)));
            Assert.Equal($"{length}", await PutAsync("/object", length));
        }

        using var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/12345"));
        Assert.Equal(12345, head.Content.Headers.ContentLength);
        Assert.Equal(9, _server.Done.Count);
        Assert.Equal(9, _proxy.Http.Requests.Count);
        Assert.Equal(1, _proxy.Accepted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_matching_requests_are_answered_without_the_server(bool expectsContinue)
    {
        var fault = _proxy.Http.Add(new HttpFault { Method = "PUT", PathContains = "/bad/", Times = 2, Answer = HttpAnswer.SlowDown });
        for (var i = 0; i < 3; i++)
        {
            using var response = await SendPutAsync("/bad/object", 300_000, expectsContinue);
            Assert.Equal(i < 2 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, response.StatusCode);
            Assert.Contains(i < 2 ? "<Code>SlowDown</Code>" : "300000", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await PutAsync("/good/object", 10);
            await _client.GetByteArrayAsync("/5?/bad/");
        }

        Assert.Equal(2, fault.Hits);
        Assert.Single(_server.Done, done => done.StartsWith("PUT /bad/", StringComparison.Ordinal));
        Assert.Equal(3, _server.Done.Count(done => done.StartsWith("PUT /good/", StringComparison.Ordinal)));
        Assert.Equal(9, _proxy.Http.Requests.Count);
        Assert.Equal(1, _proxy.Accepted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task A_refusal_can_come_before_the_body_is_read(long after)
    {
        _proxy.Http.Add(new HttpFault { Answer = HttpAnswer.S3Error(403, "AccessDenied", "no") with { AfterBodyBytes = after } });
        using var response = await SendPutAsync("/object", 2_000_000, expectsContinue: false);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("AccessDenied", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(_server.Done);
        Assert.Equal("10", await PutAsync("/object", 10));
    }

    [Theory]
    [InlineData(ConnectionEnd.Reset)]
    [InlineData(ConnectionEnd.Close)]
    public async Task A_lost_response_was_done_by_the_server(ConnectionEnd end)
    {
        _proxy.Http.Add(new HttpFault { Method = "PUT", LoseResponse = end });
        await Assert.ThrowsAsync<HttpRequestException>(() => PutAsync("/object", 1000));
        Assert.Equal(["PUT /object 1000"], _server.Done);
        Assert.Equal("10", await PutAsync("/object", 10));
    }

    [Fact]
    public async Task A_response_can_be_held_back_for_ever()
    {
        _proxy.Http.Add(new HttpFault { LoseResponse = ConnectionEnd.Stall });
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetByteArrayAsync("/10", impatient.Token));
        Assert.Equal(["GET /10 0"], _server.Done);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("", 123_456)]
    [InlineData("?chunked", 123_456)]
    [InlineData("?chunked", 199_999)]
    public async Task One_byte_of_a_body_can_be_wrong(string query, int at)
    {
        _proxy.Http.Add(new HttpFault { Method = "GET", CorruptBodyAt = at });
        var expected = HttpServer.Body(200_000);
        var wrong = await _client.GetByteArrayAsync($"/200000{query}");
        Assert.Equal(expected.Length, wrong.Length);
        Assert.Equal([at], Enumerable.Range(0, wrong.Length).Where(i => wrong[i] != expected[i]));
        Assert.True((await _client.GetByteArrayAsync($"/200000{query}")).AsSpan().SequenceEqual(expected));
    }

    [Theory]
    [InlineData(ConnectionEnd.Close)]
    [InlineData(ConnectionEnd.Reset)]
    public async Task A_body_can_be_cut(ConnectionEnd end)
    {
        _proxy.Http.Add(new HttpFault { CutBodyAfter = 70_000, CutWith = end });
        using var response = await _client.GetAsync("/200000", HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var received = new MemoryStream();
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(received).WaitAsync(Limit));
        Assert.True(received.Length <= 70_000, $"{received.Length} bytes came");
        Assert.True(end == ConnectionEnd.Reset || received.Length == 70_000, $"{received.Length} bytes came");
        Assert.Equal(10, (await _client.GetByteArrayAsync("/10")).Length);
    }

    [Fact]
    public async Task A_body_can_stall_and_go_on()
    {
        _proxy.Http.Add(new HttpFault { CutBodyAfter = 70_000, CutWith = ConnectionEnd.Stall });
        var read = _client.GetByteArrayAsync("/200000");
        await Assert.ThrowsAsync<TimeoutException>(() => read.WaitAsync(TimeSpan.FromMilliseconds(200)));
        _proxy.Http.Clear();
        Assert.True((await read.WaitAsync(Limit)).AsSpan().SequenceEqual(HttpServer.Body(200_000)));
    }

    [Fact]
    public async Task Faults_of_the_transport_hold_for_HTTP_too()
    {
        _proxy.Faults.Add(new ByteFault(FlowDirection.ToServer, 50_000, ConnectionEnd.Reset, times: 1));
        await Assert.ThrowsAsync<HttpRequestException>(() => PutAsync("/object", 500_000));
        Assert.Empty(_server.Done);
        Assert.Equal("500000", await PutAsync("/object", 500_000));
    }

    [Fact]
    public async Task A_server_that_was_restarted_is_connected_to_again()
    {
        Assert.Equal("10", await PutAsync("/object", 10));
        var port = _server.EndPoint.Port;
        await _server.DisposeAsync();
        _server = new HttpServer(port);
        Assert.Equal("20", await PutAsync("/object", 20));
        Assert.Equal(1, _proxy.Accepted);
    }

    [Fact]
    public async Task Many_requests_at_once_do_not_mix()
    {
        await Task.WhenAll(Enumerable.Range(1, 100).Select(async i =>
        {
            Assert.True((await _client.GetByteArrayAsync($"/{i * 1000}")).AsSpan().SequenceEqual(HttpServer.Body(i * 1000)));
            Assert.Equal($"{i}", await PutAsync("/object", i));
        }));
    }

    private async Task<string> PutAsync(string path, int length)
    {
        using var response = await SendPutAsync(path, length, expectsContinue: false);
        return await response.Content.ReadAsStringAsync();
    }

    private async Task<HttpResponseMessage> SendPutAsync(string path, int length, bool expectsContinue)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new ByteArrayContent(HttpServer.Body(length)) };
        request.Headers.ExpectContinue = expectsContinue;
        return await _client.SendAsync(request).WaitAsync(Limit);
    }
}
