package io.millrace.mediaserver.config;

import java.util.List;
import java.util.Map;

/// The whole configuration, one record a section.
public record MillraceConfig(
        NodeConfig node,
        HttpConfig http,
        HttpLimitsConfig limits,
        AccessLogConfig accessLog,
        OperationsConfig operations,
        DatabaseConfig database,
        ClusterConfig cluster,
        StorageConfig storage,
        DeliveryConfig delivery,
        EncryptionConfig encryption,
        ThumbnailConfig thumbnails,
        SpeedConfig speed,
        LocalConfig local,
        MappedConfig mapped,
        LiveConfig live,
        LadderConfig ladder,
        PublishConfig publish,
        HooksConfig hooks,
        BatchConfig batch,
        LogConfig log) {

    static List<Class<? extends Record>> sections() {
        return List.of(
                NodeConfig.class,
                HttpConfig.class,
                HttpLimitsConfig.class,
                AccessLogConfig.class,
                OperationsConfig.class,
                DatabaseConfig.class,
                ClusterConfig.class,
                StorageConfig.class,
                DeliveryConfig.class,
                EncryptionConfig.class,
                ThumbnailConfig.class,
                SpeedConfig.class,
                LocalConfig.class,
                MappedConfig.class,
                LiveConfig.class,
                LadderConfig.class,
                PublishConfig.class,
                HooksConfig.class,
                BatchConfig.class,
                LogConfig.class);
    }

    static MillraceConfig of(Map<Class<? extends Record>, Record> sections) {
        return new MillraceConfig(
                get(sections, NodeConfig.class),
                get(sections, HttpConfig.class),
                get(sections, HttpLimitsConfig.class),
                get(sections, AccessLogConfig.class),
                get(sections, OperationsConfig.class),
                get(sections, DatabaseConfig.class),
                get(sections, ClusterConfig.class),
                get(sections, StorageConfig.class),
                get(sections, DeliveryConfig.class),
                get(sections, EncryptionConfig.class),
                get(sections, ThumbnailConfig.class),
                get(sections, SpeedConfig.class),
                get(sections, LocalConfig.class),
                get(sections, MappedConfig.class),
                get(sections, LiveConfig.class),
                get(sections, LadderConfig.class),
                get(sections, PublishConfig.class),
                get(sections, HooksConfig.class),
                get(sections, BatchConfig.class),
                get(sections, LogConfig.class));
    }

    private static <T extends Record> T get(
            Map<Class<? extends Record>, Record> sections, Class<T> type) {
        Record section = sections.get(type);
        if (section == null) {
            throw new IllegalStateException("section missing: " + type.getSimpleName());
        }
        return type.cast(section);
    }

    Record section(Class<? extends Record> type) {
        if (type == NodeConfig.class) {
            return node;
        }
        if (type == HttpConfig.class) {
            return http;
        }
        if (type == HttpLimitsConfig.class) {
            return limits;
        }
        if (type == AccessLogConfig.class) {
            return accessLog;
        }
        if (type == OperationsConfig.class) {
            return operations;
        }
        if (type == DatabaseConfig.class) {
            return database;
        }
        if (type == ClusterConfig.class) {
            return cluster;
        }
        if (type == StorageConfig.class) {
            return storage;
        }
        if (type == DeliveryConfig.class) {
            return delivery;
        }
        if (type == EncryptionConfig.class) {
            return encryption;
        }
        if (type == ThumbnailConfig.class) {
            return thumbnails;
        }
        if (type == SpeedConfig.class) {
            return speed;
        }
        if (type == LocalConfig.class) {
            return local;
        }
        if (type == MappedConfig.class) {
            return mapped;
        }
        if (type == LiveConfig.class) {
            return live;
        }
        if (type == LadderConfig.class) {
            return ladder;
        }
        if (type == PublishConfig.class) {
            return publish;
        }
        if (type == HooksConfig.class) {
            return hooks;
        }
        if (type == BatchConfig.class) {
            return batch;
        }
        if (type == LogConfig.class) {
            return log;
        }
        throw new IllegalArgumentException("section: " + type);
    }

    /// Whether the live role has no platform: it serves a folder, records below it, and keys are
    /// the configuration's.
    public boolean liveStandsAlone() {
        return node.roles().contains(Role.LIVE)
                && !node.roles().contains(Role.API)
                && cluster.api().isEmpty()
                && !local.root().isEmpty();
    }
}
