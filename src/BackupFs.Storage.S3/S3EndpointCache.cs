using System.Collections.Concurrent;
using Amazon.Runtime.Endpoints;
using Amazon.S3.Endpoints;
using Amazon.S3.Internal;

namespace BackupFs.Storage.S3;

/// <summary>
/// Remembers where requests go. The SDK evaluates its rules for that anew, twice for each request: more work than signing it.
/// For one client, whose configuration does not change. Thread-safe.
/// </summary>
internal sealed class S3EndpointCache : IEndpointProvider
{
    /// <summary>Buckets that are remembered; a mount has few.</summary>
    internal const int Capacity = 1000;

    private readonly IEndpointProvider _rules;
    private readonly ConcurrentDictionary<Question, Endpoint> _known = new();

    /// <param name="rules">What is asked once for each bucket and kind of request; the SDK's rules by default.</param>
    internal S3EndpointCache(IEndpointProvider? rules = null) => _rules = rules ?? new AmazonS3EndpointProvider();

    /// <inheritdoc/>
    public Endpoint ResolveEndpoint(EndpointParameters parameters)
    {
        if (parameters is not S3EndpointParameters asked)
        {
            return _rules.ResolveEndpoint(parameters);
        }

        var question = new Question(asked);
        if (!_known.TryGetValue(question, out var known))
        {
            if (_known.Count >= Capacity)
            {
                _known.Clear();
            }

            known = _known.GetOrAdd(question, _rules.ResolveEndpoint(parameters));
        }

        // A copy: the SDK adds a slash to the URL of some.
        return new Endpoint(known.URL) { Attributes = known.Attributes, Headers = known.Headers };
    }

    /// <summary>All that the rules look at: keys, prefixes and sources of copies are among the parameters, and make no difference.</summary>
    private readonly record struct Question(
        string? Bucket,
        string? Region,
        string? Server,
        bool? UseFips,
        bool? UseDualStack,
        bool? PathStyle,
        bool? Accelerate,
        bool? Global,
        bool? ObjectLambda,
        bool? NoAccessPoints,
        bool? NoMultiRegionAccessPoints,
        bool? ArnRegion,
        bool? ExpressControl,
        bool? NoExpressSession)
    {
        internal Question(S3EndpointParameters asked)
            : this(
                asked.Bucket,
                asked.Region,
                asked.Endpoint,
                asked.UseFIPS,
                asked.UseDualStack,
                asked.ForcePathStyle,
                asked.Accelerate,
                asked.UseGlobalEndpoint,
                asked.UseObjectLambdaEndpoint,
                asked.DisableAccessPoints,
                asked.DisableMultiRegionAccessPoints,
                asked.UseArnRegion,
                asked.UseS3ExpressControlEndpoint,
                asked.DisableS3ExpressSessionAuth)
        {
        }
    }
}
