//! The table of S3 operations: which of them there are, and where each is done.

use s3s::{S3, S3Request, S3Response, S3Result, dto::*};

use super::{Store, buckets, configuration, copies, listing, multipart, objects};

type Request<T> = S3Request<T>;
type Answer<T> = S3Result<S3Response<T>>;

#[async_trait::async_trait]
impl S3 for Store {
    async fn list_buckets(&self, request: Request<ListBucketsInput>) -> Answer<ListBucketsOutput> {
        buckets::list(self, request)
    }

    async fn create_bucket(&self, request: Request<CreateBucketInput>) -> Answer<CreateBucketOutput> {
        buckets::create(self, request)
    }

    async fn delete_bucket(&self, request: Request<DeleteBucketInput>) -> Answer<DeleteBucketOutput> {
        buckets::delete(self, request)
    }

    async fn head_bucket(&self, request: Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        buckets::head(self, request)
    }

    async fn get_bucket_location(&self, request: Request<GetBucketLocationInput>) -> Answer<GetBucketLocationOutput> {
        buckets::location(self, request)
    }

    async fn get_bucket_versioning(
        &self,
        request: Request<GetBucketVersioningInput>,
    ) -> Answer<GetBucketVersioningOutput> {
        buckets::versioning(self, request)
    }

    async fn put_bucket_versioning(
        &self,
        request: Request<PutBucketVersioningInput>,
    ) -> Answer<PutBucketVersioningOutput> {
        buckets::put_versioning(self, request)
    }

    async fn get_bucket_notification_configuration(
        &self,
        request: Request<GetBucketNotificationConfigurationInput>,
    ) -> Answer<GetBucketNotificationConfigurationOutput> {
        buckets::notification(self, request)
    }

    async fn put_bucket_notification_configuration(
        &self,
        request: Request<PutBucketNotificationConfigurationInput>,
    ) -> Answer<PutBucketNotificationConfigurationOutput> {
        buckets::put_notification(self, request)
    }

    async fn get_bucket_policy(&self, request: Request<GetBucketPolicyInput>) -> Answer<GetBucketPolicyOutput> {
        configuration::policy(self, request)
    }

    async fn put_bucket_policy(&self, request: Request<PutBucketPolicyInput>) -> Answer<PutBucketPolicyOutput> {
        configuration::put_policy(self, request)
    }

    async fn delete_bucket_policy(
        &self,
        request: Request<DeleteBucketPolicyInput>,
    ) -> Answer<DeleteBucketPolicyOutput> {
        configuration::delete_policy(self, request)
    }

    async fn get_public_access_block(
        &self,
        request: Request<GetPublicAccessBlockInput>,
    ) -> Answer<GetPublicAccessBlockOutput> {
        configuration::public_access(self, request)
    }

    async fn put_public_access_block(
        &self,
        request: Request<PutPublicAccessBlockInput>,
    ) -> Answer<PutPublicAccessBlockOutput> {
        configuration::put_public_access(self, request)
    }

    async fn delete_public_access_block(
        &self,
        request: Request<DeletePublicAccessBlockInput>,
    ) -> Answer<DeletePublicAccessBlockOutput> {
        configuration::delete_public_access(self, request)
    }

    async fn get_bucket_encryption(
        &self,
        request: Request<GetBucketEncryptionInput>,
    ) -> Answer<GetBucketEncryptionOutput> {
        configuration::encryption(self, request)
    }

    async fn put_bucket_encryption(
        &self,
        request: Request<PutBucketEncryptionInput>,
    ) -> Answer<PutBucketEncryptionOutput> {
        configuration::put_encryption(self, request)
    }

    async fn delete_bucket_encryption(
        &self,
        request: Request<DeleteBucketEncryptionInput>,
    ) -> Answer<DeleteBucketEncryptionOutput> {
        configuration::delete_encryption(self, request)
    }

    async fn put_object(&self, request: Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        objects::put(self, request).await
    }

    async fn get_object(&self, request: Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        objects::get(self, request)
    }

    async fn head_object(&self, request: Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        objects::head(self, request)
    }

    async fn copy_object(&self, request: Request<CopyObjectInput>) -> Answer<CopyObjectOutput> {
        copies::copy(self, request)
    }

    async fn delete_object(&self, request: Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        objects::delete(self, request)
    }

    async fn delete_objects(&self, request: Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
        objects::delete_several(self, request)
    }

    async fn list_objects(&self, request: Request<ListObjectsInput>) -> Answer<ListObjectsOutput> {
        listing::version_1(self, request)
    }

    async fn list_objects_v2(&self, request: Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        listing::version_2(self, request)
    }

    async fn list_object_versions(
        &self,
        request: Request<ListObjectVersionsInput>,
    ) -> Answer<ListObjectVersionsOutput> {
        listing::of_versions(self, request)
    }

    async fn create_multipart_upload(
        &self,
        request: Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        multipart::create(self, request)
    }

    async fn upload_part(&self, request: Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        multipart::upload(self, request).await
    }

    async fn upload_part_copy(&self, request: Request<UploadPartCopyInput>) -> Answer<UploadPartCopyOutput> {
        multipart::copy(self, request)
    }

    async fn complete_multipart_upload(
        &self,
        request: Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        multipart::complete(self, request)
    }

    async fn abort_multipart_upload(
        &self,
        request: Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        multipart::abort(self, request)
    }
}
