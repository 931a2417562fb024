// Reads the clock in a picture of ClockPublisher: two rows of 16 blocks at the top, white for 1, the highest bit first;
// 24 bits are milliseconds of the time of day, 8 their checksum. window.clock.ages collects how old the pictures are that
// the video shows.
window.clock = { ages: [], unreadable: 0 };
{
    const COLUMNS = 16;
    const canvas = document.createElement("canvas");
    const read = () => {
        const video = document.querySelector("video");
        const width = video.videoWidth;
        if (!width || video.paused) {
            return;
        }
        canvas.width = width;
        canvas.height = video.videoHeight;
        const picture = canvas.getContext("2d", { willReadFrequently: true });
        picture.drawImage(video, 0, 0);
        const now = Date.now();
        const block = width / COLUMNS;
        let value = 0;
        for (let bit = 0; bit < 2 * COLUMNS; bit++) {
            const x = Math.floor((bit % COLUMNS + 0.5) * block);
            const y = Math.floor((Math.floor(bit / COLUMNS) + 0.5) * block);
            value = value * 2 + (picture.getImageData(x, y, 1, 1).data[0] > 127 ? 1 : 0);
        }
        const time = Math.floor(value / 256);
        const sum = (time & 255) ^ (time >> 8 & 255) ^ (time >> 16 & 255) ^ 0x5a;
        if (sum !== value % 256) {
            window.clock.unreadable++;
            return;
        }
        window.clock.ages.push((now % 0x1000000 - time + 0x1000000) % 0x1000000);
    };
    setInterval(read, 50);
}
