/// Resumable uploads: tokens, chunks in any order, and the hand-over to an entry. Start at {@link
/// io.millrace.platformapi.upload.UploadTokenService}.
@NullMarked
package io.millrace.platformapi.upload;

import org.jspecify.annotations.NullMarked;
