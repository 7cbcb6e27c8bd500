// Reads each calendar file it is given with ical.js and with node-ical, and prints as JSON what they make of them.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";
import nodeIcal from "node-ical";

const address = (value) => value.replace(/^mailto:/i, "");
const names = (component) => component.getAllProperties().map((property) => property.name).sort();

function byIcalJs(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const events = calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return {
      uid: event.uid,
      sequence: event.sequence,
      status: component.getFirstPropertyValue("status"),
      starts: event.startDate.toUnixTime(),
      ends: event.endDate.toUnixTime(),
      summary: event.summary,
      description: event.description,
      organizer: address(event.organizer),
      attendees: event.attendees.map((attendee) => address(attendee.getFirstValue())),
      properties: names(component),
    };
  });
  return { method: calendar.getFirstPropertyValue("method"), properties: names(calendar), events };
}

function byNodeIcal(text) {
  const read = nodeIcal.sync.parseICS(text);
  const found = Object.values(read).filter((component) => component.type === "VEVENT");
  const events = found.map((event) => ({
    uid: event.uid,
    sequence: Number(event.sequence),
    status: event.status,
    starts: event.start.getTime() / 1000,
    ends: event.end.getTime() / 1000,
    summary: event.summary,
    description: event.description,
    organizer: address(event.organizer.val),
    attendees: [event.attendee].flat().map((attendee) => address(attendee.val)),
  }));
  return { method: found[0]?.method, events };
}

const read = process.argv.slice(2).map((name) => {
  const text = readFileSync(name, "utf8");
  return { ical_js: byIcalJs(text), node_ical: byNodeIcal(text) };
});
console.log(JSON.stringify(read));
