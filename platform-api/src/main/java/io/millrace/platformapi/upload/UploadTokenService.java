package io.millrace.platformapi.upload;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.filter.FilterColumns;
import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.http.Default;
import io.millrace.platformapi.http.UploadedFile;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.UploadToken;
import io.millrace.platformapi.model.UploadTokenFilter;
import io.millrace.platformapi.model.UploadTokenListResponse;
import io.millrace.platformapi.model.UploadTokenStatus;

import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/// Resumable uploads.
@ApiService("uploadToken")
public final class UploadTokenService {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final FilterColumns FILTER =
            new FilterColumns()
                    .text("id", "id")
                    .text("userId", "user_id")
                    .number("status", "status")
                    .text("fileName", "file_name")
                    .number("fileSize", "file_size")
                    .number("createdAt", "created_at");

    private final UploadStore store;
    private final Uploads uploads;
    private final UploadedContent content;

    public UploadTokenService(UploadStore store, Uploads uploads, UploadedContent content) {
        this.store = store;
        this.uploads = uploads;
        this.content = content;
    }

    @ApiAction
    public UploadToken add(ApiCall call, @Nullable UploadToken uploadToken) {
        byte[] random = new byte[16];
        RANDOM.nextBytes(random);
        String id = "0_" + HexFormat.of().formatHex(random);
        UploadToken wanted = uploadToken == null ? new UploadToken() : uploadToken;
        Long size = wanted.fileSize == null ? null : wanted.fileSize.longValue();
        boolean autoFinalize = Integer.valueOf(1).equals(wanted.autoFinalize);
        if (autoFinalize && (size == null || size <= 0)) {
            throw ApiException.of(
                    "UPLOAD_TOKEN_MISSING_FILE_SIZE", "Auto finalize needs the size of the file");
        }
        String name = wanted.fileName;
        store.add(
                id,
                call.partnerId(),
                call.userId(),
                name == null || name.isEmpty()
                        ? null
                        : name.substring(0, Math.min(256, name.length())),
                size,
                autoFinalize);
        return view(call, uploads.visible(call, id));
    }

    @ApiAction
    public UploadToken get(ApiCall call, String uploadTokenId) {
        return view(call, uploads.visible(call, uploadTokenId));
    }

    @ApiAction
    public UploadToken upload(
            ApiCall call,
            String uploadTokenId,
            UploadedFile fileData,
            @Default("false") boolean resume,
            @Default("true") boolean finalChunk,
            @Default("-1") double resumeAt) {
        Upload token = uploads.visible(call, uploadTokenId);
        Upload after = uploads.receive(token, fileData, resume, finalChunk, (long) resumeAt);
        if (after.status() == UploadTokenStatus.FULL_UPLOAD) {
            content.handOver(after.id());
            after = uploads.visible(call, uploadTokenId);
        }
        return view(call, after);
    }

    @ApiAction
    public void delete(ApiCall call, String uploadTokenId) {
        uploads.delete(uploads.visible(call, uploadTokenId));
    }

    @ApiAction
    public UploadTokenListResponse list(
            ApiCall call, @Nullable UploadTokenFilter filter, @Nullable FilterPager pager) {
        var conditions = new Conditions().equal("partner_id", call.partnerId());
        if (!call.isAdmin()) {
            conditions.equal("user_id", call.userId());
        }
        FILTER.apply(filter, conditions);
        List<UploadToken> page =
                store
                        .page(
                                conditions,
                                FILTER.orderBy(filter, "created_at DESC", "id"),
                                FilterPager.size(pager),
                                FilterPager.offset(pager))
                        .stream()
                        .map(token -> view(call, token))
                        .toList();
        return new UploadTokenListResponse().of(page, store.count(conditions));
    }

    private static UploadToken view(ApiCall call, Upload token) {
        var view = new UploadToken();
        view.id = token.id();
        view.partnerId = token.partnerId();
        view.userId = token.userId();
        view.status = token.status();
        view.fileName = token.fileName();
        view.fileSize = token.fileSize() == null ? null : token.fileSize().doubleValue();
        view.uploadedFileSize = (double) token.uploadedBytes();
        view.createdAt = token.createdAt();
        view.updatedAt = token.updatedAt();
        view.uploadUrl = call.baseUrl();
        view.autoFinalize = token.autoFinalize() ? 1 : 0;
        if (token.attachedEntryId() != null) {
            view.attachedObjectType = "entry";
            view.attachedObjectId = token.attachedEntryId();
        }
        return view;
    }
}
