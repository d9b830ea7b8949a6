using System.Buffers;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

internal abstract partial class S3CompatibleStore
{
    /// <summary>Servers copy and assemble at least this fast, in bytes a second; most give signs of life meanwhile.</summary>
    private const long SlowestCopy = 10 << 20;

    /// <summary>Ceph takes 5 ms for each key.</summary>
    private static readonly TimeSpan TimeForDeletion = TimeSpan.FromMilliseconds(30);

    private static string Quoted(string tag) => $"\"{tag}\"";

    private static string Tag(string? quoted) => quoted?.Trim('"') ?? "";

    /// <summary>Answers of success without a tag are errors that came too late for the status.</summary>
    private static StorageError? CheckTag(in S3Subject subject, string tag) => tag.Length > 0 ? null
        : new StorageError(StorageErrorKind.Unavailable, $"{subject}: the server failed without saying why", IsTransient: true);

    private static bool IsOpaque(ServerSideEncryptionMethod? method) => method is not null
        && (method == ServerSideEncryptionMethod.AWSKMS || method == ServerSideEncryptionMethod.AWSKMSDSSE);

    /// <summary>Whether an object is what was to be stored, as far as its tag tells.</summary>
    private static bool IsSame(ObjectInfo there, ReadOnlySequence<byte> body) => there.Size == body.Length && there.Tag == Md5.ToTag(Md5.Of(body));

    private Timestamp ServerTime(S3Call call) => Timestamp.From(call.ServerTime ?? Requests.Time.GetUtcNow());

    private TimeSpan PatienceFor(long bytes) => Options.Limits.Timeout + TimeSpan.FromSeconds(bytes / SlowestCopy);

    private async Task<StorageResult<ObjectInfo>> HeadAsync(IAmazonS3 client, S3Call call, S3Subject subject)
    {
        var request = new GetObjectMetadataRequest { BucketName = subject.Bucket, Key = ToStored(subject.Key) };
        Encrypt(request);
        try
        {
            var response = await client.GetObjectMetadataAsync(request, call.Deadline.Token).ConfigureAwait(false);
            return new ObjectInfo(subject.Key, response.ContentLength, Tag(response.ETag), TimeOf(response.LastModified));
        }
        catch (AmazonServiceException exception) when (S3Errors.IsNoSuchKey(exception))
        {
            return StorageError.NotFound;
        }
    }

    /// <summary>The key of SSE-C; null without SSE-C. Read once, until the store is closed.</summary>
    private S3CustomerKey? CustomerKey()
    {
        if (Options.Encryption != S3Encryption.CustomerKey)
        {
            return null;
        }

        if (Volatile.Read(ref _customerKey) is not { } key)
        {
            key = S3CustomerKey.Load(Options.CustomerKeyFile!);
            Volatile.Write(ref _customerKey, key);
        }

        return key;
    }

    private ServerSideEncryptionMethod? EncryptionMethod() => Options.Encryption switch
    {
        S3Encryption.Aes256 => ServerSideEncryptionMethod.AES256,
        S3Encryption.Kms => ServerSideEncryptionMethod.AWSKMS,
        S3Encryption.BucketDefault or S3Encryption.CustomerKey => null,
    };

    /// <summary>Whether the server encrypts as it was asked to: some (Ceph 16 with AES256) say nothing, and store the bytes as they are.</summary>
    private bool IsConfirmed(ServerSideEncryptionMethod? answer) => EncryptionMethod() is not { } wanted || answer == wanted;

    private StorageError NotEncrypted(in S3Subject subject) => new(
        StorageErrorKind.Unsupported,
        $"{subject}: the server ignores sse={EncryptionMethod()} and would store it unencrypted; choose another sse=… (sse_c:/KEY/FILE works on most servers) or none");

    private void Encrypt(PutObjectRequest request)
    {
        request.ServerSideEncryptionMethod = EncryptionMethod();
        request.ServerSideEncryptionKeyManagementServiceKeyId = Options.KmsKeyId;
        if (CustomerKey() is { } key)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) = (key.Base64, key.Md5Base64);
        }
    }

    private void Encrypt(InitiateMultipartUploadRequest request)
    {
        request.ServerSideEncryptionMethod = EncryptionMethod();
        request.ServerSideEncryptionKeyManagementServiceKeyId = Options.KmsKeyId;
        if (CustomerKey() is { } key)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) = (key.Base64, key.Md5Base64);
        }
    }

    private void Encrypt(CopyObjectRequest request)
    {
        request.ServerSideEncryptionMethod = EncryptionMethod();
        request.ServerSideEncryptionKeyManagementServiceKeyId = Options.KmsKeyId;
        if (CustomerKey() is { } key)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) = (key.Base64, key.Md5Base64);
            request.CopySourceServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            (request.CopySourceServerSideEncryptionCustomerProvidedKey, request.CopySourceServerSideEncryptionCustomerProvidedKeyMD5) = (key.Base64, key.Md5Base64);
        }
    }

    private void Encrypt(CopyPartRequest request)
    {
        if (CustomerKey() is { } key)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) = (key.Base64, key.Md5Base64);
            request.CopySourceServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            (request.CopySourceServerSideEncryptionCustomerProvidedKey, request.CopySourceServerSideEncryptionCustomerProvidedKeyMD5) = (key.Base64, key.Md5Base64);
        }
    }

    private void Encrypt(UploadPartRequest request)
    {
        if (CustomerKey() is { } key)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) = (key.Base64, key.Md5Base64);
        }
    }

    private void Encrypt(CompleteMultipartUploadRequest request)
    {
        if (CustomerKey() is { } key)
        {
            (request.SSECustomerAlgorithm, request.SSECustomerKey, request.SSECustomerKeyMD5) = ("AES256", key.Base64, key.Md5Base64);
        }
    }

    private void Encrypt(GetObjectRequest request)
    {
        if (CustomerKey() is { } key)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) = (key.Base64, key.Md5Base64);
        }
    }

    private void Encrypt(GetObjectMetadataRequest request)
    {
        if (CustomerKey() is { } key)
        {
            request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
            (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) = (key.Base64, key.Md5Base64);
        }
    }
}
