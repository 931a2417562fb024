-- What a flavor should become. Partner 0's rows are everybody's.
CREATE TABLE flavor_params (
    id                 INT          NOT NULL PRIMARY KEY,
    partner_id         INT          NOT NULL,
    name               VARCHAR(128) NOT NULL,
    system_name        VARCHAR(128) NULL,
    description        VARCHAR(1024) NULL,
    tags               VARCHAR(512) NOT NULL,
    format             VARCHAR(16)  NOT NULL,
    video_codec        VARCHAR(16)  NOT NULL,
    video_bitrate_kbps INT          NOT NULL,
    audio_codec        VARCHAR(16)  NOT NULL,
    audio_bitrate_kbps INT          NOT NULL,
    audio_channels     INT          NOT NULL,
    audio_sample_rate  INT          NOT NULL,
    -- of a landscape picture; a portrait one has it as its width
    height             INT          NOT NULL,
    created_at         BIGINT       NOT NULL,
    KEY flavor_params_partner (partner_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

INSERT INTO flavor_params VALUES
    (0, 0, 'Source', 'source', 'The file as it was uploaded', 'source', '', '', 0, '', 0, 0, 0, 0, 1763800000),
    (2, 0, 'Basic/Small - WEB/MBL (H264/400)', 'mobile_360', '360p', 'mobile,web,mbr,iphone,iphonenew,ipad,ipadnew,dash', 'mp4', 'h264', 500, 'aac', 96, 2, 48000, 360, 1763800000),
    (3, 0, 'Basic/Small - WEB/MBL (H264/900)', 'web_480', '480p', 'mobile,web,mbr,iphone,iphonenew,ipad,ipadnew,dash', 'mp4', 'h264', 900, 'aac', 128, 2, 48000, 480, 1763800000),
    (5, 0, 'HD/720 - WEB (H264/2000)', 'web_720', '720p', 'mobile,web,mbr,iphone,iphonenew,ipad,ipadnew,dash', 'mp4', 'h264', 2000, 'aac', 128, 2, 48000, 720, 1763800000),
    (7, 0, 'HD/1080 - WEB (H264/4500)', 'web_1080', '1080p', 'web,mbr,ipadnew,dash', 'mp4', 'h264', 4500, 'aac', 160, 2, 48000, 1080, 1763800000),
    (10, 0, 'Audio - WEB (AAC/128)', 'web_audio', 'Sound without picture', 'mobile,web,mbr,iphone,iphonenew,ipad,ipadnew,dash', 'mp4', '', 0, 'aac', 128, 2, 48000, 0, 1763800000),
    (32, 0, 'Live source', 'live_source', 'The stream as it is published', 'source,ingest,web,mbr', '', '', 0, '', 0, 0, 0, 0, 1763800000);

CREATE TABLE conversion_profile (
    id          INT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
    partner_id  INT          NOT NULL,
    -- 1 disabled, 2 enabled, 3 deleted
    status      TINYINT      NOT NULL,
    -- 1 media, 2 live
    type        TINYINT      NOT NULL,
    name        VARCHAR(128) NOT NULL,
    system_name VARCHAR(128) NULL,
    description VARCHAR(1024) NULL,
    tags        VARCHAR(512) NULL,
    is_default  BOOLEAN      NOT NULL,
    created_at  BIGINT       NOT NULL,
    KEY conversion_profile_partner (partner_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE conversion_profile_params (
    conversion_profile_id INT     NOT NULL,
    flavor_params_id      INT     NOT NULL,
    -- 0 no impact, 1 required, 2 optional
    ready_behavior        TINYINT NOT NULL,
    -- 0 convert, 1 ingest
    origin                TINYINT NOT NULL,
    PRIMARY KEY (conversion_profile_id, flavor_params_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE flavor_asset (
    id               VARCHAR(20)  CHARACTER SET ascii NOT NULL PRIMARY KEY,
    entry_id         VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    partner_id       INT          NOT NULL,
    flavor_params_id INT          NOT NULL,
    is_original      BOOLEAN      NOT NULL,
    -- -1 error, 0 queued, 1 converting, 2 ready, 3 deleted, 4 not applicable
    status           SMALLINT     NOT NULL,
    ready_behavior   TINYINT      NOT NULL DEFAULT 1,
    -- 0 until there are bytes; part of the key, so that a key's bytes never change
    version          INT          NOT NULL DEFAULT 0,
    blob_key         VARCHAR(400) CHARACTER SET ascii NULL,
    size_bytes       BIGINT       NOT NULL DEFAULT 0,
    tags             VARCHAR(512) NOT NULL DEFAULT '',
    file_ext         VARCHAR(16)  NULL,
    container_format VARCHAR(64)  NULL,
    video_codec      VARCHAR(32)  NULL,
    audio_codec      VARCHAR(32)  NULL,
    width            INT          NOT NULL DEFAULT 0,
    height           INT          NOT NULL DEFAULT 0,
    bitrate_kbps     INT          NOT NULL DEFAULT 0,
    frame_rate       DOUBLE       NOT NULL DEFAULT 0,
    duration_ms      BIGINT       NOT NULL DEFAULT 0,
    language         VARCHAR(16)  NULL,
    label            VARCHAR(128) NULL,
    -- for people: why it failed
    description      TEXT         NULL,
    created_at       BIGINT       NOT NULL,
    updated_at       BIGINT       NOT NULL,
    KEY flavor_asset_entry (entry_id),
    KEY flavor_asset_partner (partner_id, created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
