package io.millrace.platformapi.http;

import io.millrace.platformapi.model.ApiObject;
import io.millrace.platformapi.model.BaseEntry;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.SessionInfo;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/// A service that shows what reached it.
@ApiService("echo")
public final class EchoService {
    static final String EXPECTED =
            "{\"s\":\"a b\",\"i\":7,\"b\":true,\"list\":[\"x\",\"y\"],\"map\":{\"k\":\"v\"},\"pager\":{\"pageSize\":5,\"objectType\":\"KalturaFilterPager\"},\"objectType\":\"KalturaEcho\"}";

    public static class Echo extends ApiObject {
        public @Nullable String s;
        public @Nullable Integer i;
        public @Nullable Boolean b;
        public @Nullable List<String> list;
        public @Nullable Map<String, String> map;
        public @Nullable FilterPager pager;
        public @Nullable String nulled;
    }

    @ApiAction
    public Echo echo(
            @Nullable String s,
            @Default("3") int i,
            @Default("false") boolean b,
            @Nullable List<String> list,
            @Nullable Map<String, String> map,
            @Nullable FilterPager pager) {
        var echo = new Echo();
        echo.s = s;
        echo.i = i;
        echo.b = b;
        echo.list = list;
        echo.map = map;
        echo.pager = pager;
        echo.nulled = pager == null || pager.nulled().isEmpty() ? null : pager.nulled().toString();
        return echo;
    }

    @ApiAction
    public BaseEntry entry(BaseEntry entry) {
        return entry;
    }

    @ApiAction
    public BaseEntry updateEntry(BaseEntry entry) {
        return entry;
    }

    @ApiAction
    public long fileSize(UploadedFile fileData) {
        return fileData.sizeBytes();
    }

    @ApiAction
    public SessionInfo fileSizeAsUser(UploadedFile fileData) {
        var info = new SessionInfo();
        info.userId = Long.toString(fileData.sizeBytes());
        return info;
    }

    @ApiAction
    public String user(ApiCall call) {
        return call.userId() + "@" + call.partnerId();
    }

    @ApiAction(access = ApiAction.Access.ADMIN)
    public String adminOnly(ApiCall call) {
        return user(call);
    }

    @ApiAction(access = ApiAction.Access.INTERNAL)
    public String internal(ApiCall call) {
        return user(call);
    }

    @ApiAction
    public void fail() {
        throw new IllegalStateException("secret detail");
    }
}
