// Node's http: deliver.mjs URL FILE TIMES [FILE TIMES]... prints the status of each response.
import { readFileSync } from 'node:fs';
import http from 'node:http';

function deliver(url, body, chunked) {
    return new Promise((resolve, reject) => {
        const headers = chunked ? {} : { 'Content-Length': body.length };
        const request = http.request(url, { method: 'POST', headers }, (response) => {
            response.resume();
            resolve(response.statusCode);
        });
        request.on('error', reject);
        request.end(body);
    });
}

const [url, ...rest] = process.argv.slice(2);
let chunked = false;
for (let i = 0; i < rest.length; i += 2) {
    for (let n = 0; n < Number(rest[i + 1]); n++) {
        console.log(await deliver(url, readFileSync(rest[i]), chunked));
        chunked = !chunked;
    }
}
