package io.millrace.liveingest.edge;

import io.millrace.delivery.http.BodyWriter;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;

/// One viewer's endless FLV, as the origin sends it. It reads from there as fast as the viewer
/// does, so that a slow one is the origin's to deal with.
final class FlvRelay implements Flow.Subscriber<List<ByteBuffer>> {
    private final BodyWriter viewer;
    private Flow.@Nullable Subscription origin;

    private FlvRelay(BodyWriter viewer) {
        this.viewer = viewer;
    }

    static void start(HttpClient client, HttpRequest request, HttpExchange exchange) {
        client.sendAsync(request, HttpResponse.BodyHandlers.ofPublisher())
                .whenComplete(
                        (response, failure) -> {
                            if (failure != null) {
                                exchange.reply(
                                        HttpReply.text(
                                                        504,
                                                        "The node that has this stream does not"
                                                                + " answer.")
                                                .cacheControl("no-store"));
                            } else if (response.statusCode() != 200) {
                                response.body().subscribe(new Drop());
                                exchange.reply(
                                        HttpReply.text(
                                                        response.statusCode(),
                                                        "There is no such live stream at the"
                                                                + " moment.")
                                                .cacheControl("max-age=1"));
                            } else {
                                exchange.reply(
                                        HttpReply.of(
                                                        200,
                                                        "video/x-flv",
                                                        new HttpBody.Stream(
                                                                writer ->
                                                                        response.body()
                                                                                .subscribe(
                                                                                        new FlvRelay(
                                                                                                writer))))
                                                .cacheControl("no-store"));
                            }
                        });
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        origin = subscription;
        subscription.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        Flow.Subscription from = origin;
        if (from == null) {
            return; // nothing comes before onSubscribe
        }
        if (viewer.isClosed()) {
            from.cancel();
            return;
        }
        viewer.write(Unpooled.wrappedBuffer(buffers.toArray(ByteBuffer[]::new)));
        viewer.whenWritable(
                () -> {
                    if (viewer.isClosed()) {
                        from.cancel();
                    } else {
                        from.request(1);
                    }
                });
    }

    @Override
    public void onError(Throwable failure) {
        viewer.abort(failure);
    }

    @Override
    public void onComplete() {
        viewer.finish();
    }

    /// Of a body that nobody wants.
    private static final class Drop implements Flow.Subscriber<List<ByteBuffer>> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.cancel();
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onComplete() {}
    }
}
