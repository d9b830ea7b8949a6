using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

internal abstract partial class S3CompatibleStore
{
    /// <summary>A page of one bucket.</summary>
    protected async ValueTask<StorageResult<ObjectPage>> ListBucketAsync(string bucket, ObjectListing listing, CancellationToken cancellationToken) =>
        await Requests.SendAsync<ObjectPage>(
            new S3Subject("listing", bucket, ""),
            async (client, call, _) =>
            {
                var response = await client.ListObjectsV2Async(
                    new ListObjectsV2Request
                    {
                        BucketName = bucket,
                        Prefix = ToStored(listing.Prefix),
                        Delimiter = listing.ByDirectory ? "/" : null,
                        MaxKeys = listing.Maximum,
                        ContinuationToken = listing.Continuation,

                        // XML cannot hold every character that a key may have.
                        Encoding = EncodingType.Url,
                    },
                    call.Deadline.Token).ConfigureAwait(false);
                var encoded = response.Encoding == EncodingType.Url;
                var objects = new List<ObjectInfo>(response.S3Objects?.Count ?? 0);
                foreach (var stored in response.S3Objects ?? [])
                {
                    if (FromStored(Decode(stored.Key, encoded)) is { Length: > 0 } key)
                    {
                        objects.Add(new ObjectInfo(key, stored.Size ?? 0, Tag(stored.ETag), TimeOf(stored.LastModified)));
                    }
                }

                var directories = new List<string>(response.CommonPrefixes?.Count ?? 0);
                foreach (var prefix in response.CommonPrefixes ?? [])
                {
                    if (FromStored(Decode(prefix, encoded)) is { Length: > 0 } directory)
                    {
                        directories.Add(directory);
                    }
                }

                return new ObjectPage(objects, directories, response.IsTruncated == true ? response.NextContinuationToken : null);
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>The uploads under way in one bucket.</summary>
    protected async ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListBucketUploadsAsync(
        string bucket, string prefix, CancellationToken cancellationToken)
    {
        // Without an encoding: Ceph 16 encodes the keys if asked to, and does not say so.
        var all = new List<UnfinishedUpload>();
        var request = new ListMultipartUploadsRequest { BucketName = bucket, Prefix = ToStored(prefix) };
        while (true)
        {
            var page = await Requests.SendAsync<ListMultipartUploadsResponse>(
                new S3Subject("listing the uploads in", bucket, ""),
                async (client, call, _) => await client.ListMultipartUploadsAsync(request, call.Deadline.Token).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            if (!page.IsOk)
            {
                return page.Error;
            }

            var encoded = page.Value.EncodingType == EncodingType.Url;
            foreach (var upload in page.Value.MultipartUploads ?? [])
            {
                if (FromStored(Decode(upload.Key, encoded)) is { Length: > 0 } key)
                {
                    all.Add(new UnfinishedUpload(key, upload.UploadId, TimeOf(upload.Initiated)));
                }
            }

            var marker = Decode(page.Value.NextKeyMarker ?? "", encoded);
            if (page.Value.IsTruncated != true || (marker == request.KeyMarker && page.Value.NextUploadIdMarker == request.UploadIdMarker))
            {
                return all;
            }

            (request.KeyMarker, request.UploadIdMarker) = (marker, page.Value.NextUploadIdMarker);
        }
    }

    private static string Decode(string text, bool encoded) => encoded ? WebUtility.UrlDecode(text) : text;

    private static Timestamp TimeOf(DateTime? time) =>
        time is { } known ? Timestamp.From(new DateTimeOffset(known.ToUniversalTime())) : Timestamp.Epoch;
}
