/// The blob store on S3 and what speaks its protocol (MinIO, Ceph, s3proxy).
///
/// Here: objects by ranged GET and multipart upload, and the local spool of growing objects. Not
/// here: keeping bytes near ({@link io.millrace.storage.blockcache}). Start at {@link
/// io.millrace.storage.s3.S3BlobStore}.
@NullMarked
package io.millrace.storage.s3;

import org.jspecify.annotations.NullMarked;
