//! The fields of each kind of event, typed: getters over [`Value`](crate::Value).
//!
//! Each view lists its fields once, by the vendor's newest name. Older spellings are in `names.rs`.
//! The same list is used to print all fields of a kind.

use crate::receive::event::{Event, EventKind};
use crate::receive::value::{Value, ValueType};

/// The fields of an [`Event`], by its kind.
///
/// ```
/// use atlas_webhook::{Details, Event};
///
/// let event = Event::parse(r#"{"type":"order.void","data":{"orderNo":"A1","voidStatus":5}}"#)?;
/// match event.details() {
///     Details::Void(void) => assert_eq!(void.void_status(), Some(5)),
///     _ => unreachable!(),
/// }
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Details<'a> {
    /// A kind that this version does not support: read [`Event::data`].
    Unknown,
    /// See [`EventKind::Ticketed`].
    Ticketed(Ticketed<'a>),
    /// See [`EventKind::ScheduleChange`].
    ScheduleChange(ScheduleChange<'a>),
    /// See [`EventKind::EmailScheduleChange`].
    EmailScheduleChange(EmailScheduleChange<'a>),
    /// See [`EventKind::AbnormalCancelled`].
    AbnormalCancelled(AbnormalCancelled<'a>),
    /// See [`EventKind::AirlineStatus`].
    AirlineStatus(AirlineStatus<'a>),
    /// See [`EventKind::Email`].
    Email(Email<'a>),
    /// See [`EventKind::Void`].
    Void(Void<'a>),
    /// See [`EventKind::AddonComplete`].
    AddonComplete(AddonComplete<'a>),
    /// See [`EventKind::RefundComplete`].
    RefundComplete(RefundComplete<'a>),
    /// See [`EventKind::Cancelled`].
    Cancelled(Cancelled<'a>),
}

impl<'a> Details<'a> {
    pub(super) fn of(event: &'a Event) -> Self {
        match event.kind() {
            EventKind::Unknown => Self::Unknown,
            EventKind::Ticketed => Self::Ticketed(Ticketed(event)),
            EventKind::ScheduleChange => Self::ScheduleChange(ScheduleChange(event)),
            EventKind::EmailScheduleChange => Self::EmailScheduleChange(EmailScheduleChange(event)),
            EventKind::AbnormalCancelled => Self::AbnormalCancelled(AbnormalCancelled(event)),
            EventKind::AirlineStatus => Self::AirlineStatus(AirlineStatus(event)),
            EventKind::Email => Self::Email(Email(event)),
            EventKind::Void => Self::Void(Void(event)),
            EventKind::AddonComplete => Self::AddonComplete(AddonComplete(event)),
            EventKind::RefundComplete => Self::RefundComplete(RefundComplete(event)),
            EventKind::Cancelled => Self::Cancelled(Cancelled(event)),
        }
    }
}

impl EventKind {
    /// The fields of its view.
    pub(crate) fn fields(self) -> &'static [Field] {
        match self {
            Self::Unknown => &[],
            Self::Ticketed => Ticketed::FIELDS,
            Self::ScheduleChange => ScheduleChange::FIELDS,
            Self::EmailScheduleChange => EmailScheduleChange::FIELDS,
            Self::AbnormalCancelled => AbnormalCancelled::FIELDS,
            Self::AirlineStatus => AirlineStatus::FIELDS,
            Self::Email => Email::FIELDS,
            Self::Void => Void::FIELDS,
            Self::AddonComplete => AddonComplete::FIELDS,
            Self::RefundComplete => RefundComplete::FIELDS,
            Self::Cancelled => Cancelled::FIELDS,
        }
    }
}

/// One field of a view.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    /// The getter's name.
    pub(crate) name: &'static str,
    /// The vendor's newest name.
    pub(crate) vendor: &'static str,
    pub(crate) content: Content,
}

/// How a field is read.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    Text,
    Number,
    Boolean,
    /// A list of texts.
    Texts,
    /// A list of objects with these fields.
    List(&'static [Field]),
    /// An object with these fields.
    Object(&'static [Field]),
}

impl Content {
    /// The type for [`Event::get_as`].
    pub(crate) fn value_type(self) -> ValueType {
        match self {
            Self::Text => ValueType::String,
            Self::Number => ValueType::Number,
            Self::Boolean => ValueType::Boolean,
            Self::Texts | Self::List(_) => ValueType::Array,
            Self::Object(_) => ValueType::Object,
        }
    }
}

impl<'a> Value<'a> {
    /// The children of an array. Empty for any other value.
    pub(crate) fn items(self) -> impl Iterator<Item = Value<'a>> + Clone + use<'a> {
        let count = if self.value_type() == ValueType::Array { self.count() } else { 0 };
        (0..count).map(move |index| self.at(index))
    }

    /// The texts among the items.
    pub(crate) fn texts(self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.items().filter_map(Value::text)
    }

    /// The objects among the items.
    pub(crate) fn objects(self) -> impl Iterator<Item = Value<'a>> + Clone + use<'a> {
        self.items().filter(|item| item.is_object())
    }
}

/// A getter of a view.
macro_rules! getter {
    ($(#[$doc:meta])* $name:ident: text = $vendor:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> Option<&'a str> {
            self.0.first($vendor, Value::text)
        }
    };
    ($(#[$doc:meta])* $name:ident: number = $vendor:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> Option<i64> {
            self.0.first($vendor, Value::number)
        }
    };
    ($(#[$doc:meta])* $name:ident: boolean = $vendor:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> Option<bool> {
            self.0.first($vendor, Value::boolean)
        }
    };
    ($(#[$doc:meta])* $name:ident: texts = $vendor:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
            self.0.get_as($vendor, ValueType::Array).texts()
        }
    };
    ($(#[$doc:meta])* $name:ident: [$item:ident] = $vendor:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> impl Iterator<Item = $item<'a>> + Clone + use<'a> {
            self.0.get_as($vendor, ValueType::Array).objects().map($item)
        }
    };
    ($(#[$doc:meta])* $name:ident: {$item:ident} = $vendor:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> Option<$item<'a>> {
            self.0.first($vendor, Value::object).map($item)
        }
    };
}

macro_rules! content {
    (text) => {
        Content::Text
    };
    (number) => {
        Content::Number
    };
    (boolean) => {
        Content::Boolean
    };
    (texts) => {
        Content::Texts
    };
    ([$item:ident]) => {
        Content::List($item::FIELDS)
    };
    ({$item:ident}) => {
        Content::Object($item::FIELDS)
    };
}

/// A view over an event or over an object in it, with its fields.
macro_rules! view {
    (
        $(#[$doc:meta])*
        $view:ident($source:ty) {
            $($(#[$field_doc:meta])* $name:ident: $content:tt = $vendor:literal,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $view<'a>($source);

        impl<'a> $view<'a> {
            pub(crate) const FIELDS: &'static [Field] = &[
                $(Field {
                    name: stringify!($name),
                    vendor: $vendor,
                    content: content!($content),
                },)*
            ];

            $(getter! { $(#[$field_doc])* $name: $content = $vendor })*
        }
    };
}

view! {
    /// `order.ticketed`: an order's tickets. See [`EventKind::Ticketed`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.ticketed","data":{"orderStatus":2,
    ///         "paxTicketInfos":[{"name":"LAST/FIRST","ticketNos":["S00002"]}]}}"#,
    /// )?;
    /// let Details::Ticketed(ticketed) = event.details() else { unreachable!() };
    /// for passenger in ticketed.passengers() {
    ///     assert_eq!(passenger.name(), Some("LAST/FIRST"));
    ///     assert_eq!(passenger.ticket_nos().collect::<Vec<_>>(), ["S00002"]);
    /// }
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    Ticketed(&'a Event) {
        /// 0 unpaid, 1 in process, 2 ticketed, -3 cancelled.
        order_status: number = "orderStatus",
        /// The passengers with their tickets.
        passengers: [Passenger] = "paxTicketInfos",
    }
}

view! {
    /// A passenger of an order, with tickets. In [`Ticketed`] and [`AddonComplete`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.ticketed","data":{"paxTicketInfos":[{"name":"LAST/FIRST","passengerType":1}]}}"#,
    /// )?;
    /// let Details::Ticketed(ticketed) = event.details() else { unreachable!() };
    /// for passenger in ticketed.passengers() {
    ///     assert_eq!((passenger.name(), passenger.passenger_type()), (Some("LAST/FIRST"), Some(1)));
    /// }
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    Passenger(Value<'a>) {
        /// `LAST/FIRST MIDDLE`.
        name: text = "name",
        /// 0 adult, 1 child, 2 infant.
        passenger_type: number = "passengerType",
        /// `YYYYMMDD`.
        birthday: text = "birthday",
        /// `M` or `F`.
        gender: text = "gender",
        /// Number of the travel document.
        card_num: text = "cardNum",
        /// Type of the travel document: `PP` is a passport.
        card_type: text = "cardType",
        /// Country that issued the document, two letters.
        card_issue_place: text = "cardIssuePlace",
        /// Last day of the document, `YYYYMMDD`.
        card_expired: text = "cardExpired",
        /// Two letters.
        nationality: text = "nationality",
        /// Ticket numbers; with some airlines the PNR.
        ticket_nos: texts = "ticketNos",
        /// The airline's booking references.
        airline_pnrs: texts = "airlinePNRs",
        /// Baggage, seats and other ancillaries.
        ancillaries: [Ancillary] = "ancillaries",
    }
}

view! {
    /// A product that was bought beside the flight. In [`Passenger`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.ticketed","data":{"paxTicketInfos":[
    ///         {"ancillaries":[{"productType":"BAG","ancillaryPrice":12.50,"currency":"USD"}]}]}}"#,
    /// )?;
    /// let Details::Ticketed(ticketed) = event.details() else { unreachable!() };
    /// for ancillary in ticketed.passengers().flat_map(|passenger| passenger.ancillaries()) {
    ///     assert_eq!((ancillary.ancillary_price(), ancillary.currency()), (Some("12.50"), Some("USD")));
    /// }
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    Ancillary(Value<'a>) {
        /// The vendor's code of the product.
        product_code: text = "productCode",
        /// The segment of the trip.
        segment_index: number = "segmentIndex",
        /// How it was bought.
        buy_method: text = "buyMethod",
        /// The id of the offer.
        offer_id: text = "offerId",
        /// Its electronic miscellaneous document.
        ancillary_emd: text = "ancillaryEMD",
        /// Price, in [`currency`](Self::currency), as it was written.
        ancillary_price: text = "ancillaryPrice",
        /// Three letters.
        currency: text = "currency",
        /// The airline's price, in [`vendor_currency`](Self::vendor_currency), as it was written.
        vendor_price: text = "vendorPrice",
        /// Three letters.
        vendor_currency: text = "vendorCurrency",
        /// What kind of product it is.
        product_type: text = "productType",
        /// Three letters.
        display_currency: text = "displayCurrency",
        /// Price to show, in [`display_currency`](Self::display_currency), as it was written.
        display_price: text = "displayPrice",
        /// Of baggage: the amount.
        aux_baggage_element: {Baggage} = "auxBaggageElement",
        /// Of a seat: its row and column.
        aux_seat_element: {Seat} = "auxSeatElement",
    }
}

view! {
    /// The amount of baggage. In [`Ancillary`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.ticketed","data":{"paxTicketInfos":[
    ///         {"ancillaries":[{"auxBaggageElement":{"piece":1,"weight":20}}]}]}}"#,
    /// )?;
    /// let Details::Ticketed(ticketed) = event.details() else { unreachable!() };
    /// for ancillary in ticketed.passengers().flat_map(|passenger| passenger.ancillaries()) {
    ///     let baggage = ancillary.aux_baggage_element().expect("the example has it");
    ///     assert_eq!((baggage.piece(), baggage.weight()), (Some(1), Some("20")));
    /// }
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    Baggage(Value<'a>) {
        /// Pieces.
        piece: number = "piece",
        /// Weight, as it was written. Its unit is not documented.
        weight: text = "weight",
        /// As sent; its meaning is not documented.
        is_all_weight: boolean = "isAllWeight",
        /// Size, as it was written.
        size: text = "size",
    }
}

view! {
    /// A seat. In [`Ancillary`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.ticketed","data":{"paxTicketInfos":[
    ///         {"ancillaries":[{"auxSeatElement":{"row":"12","column":"C"}}]}]}}"#,
    /// )?;
    /// let Details::Ticketed(ticketed) = event.details() else { unreachable!() };
    /// for ancillary in ticketed.passengers().flat_map(|passenger| passenger.ancillaries()) {
    ///     let seat = ancillary.aux_seat_element().expect("the example has it");
    ///     assert_eq!((seat.row(), seat.column()), (Some("12"), Some("C")));
    /// }
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    Seat(Value<'a>) {
        /// Row, as it was written.
        row: text = "row",
        /// Letter of the column.
        column: text = "column",
    }
}

view! {
    /// `order.schedulechange`: an airline changed or cancelled flights. See
    /// [`EventKind::ScheduleChange`].
    ///
    /// The lists may have different lengths.
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.schedulechange","data":{"scheduleChangeType":2,"previousSegs":[{}]}}"#,
    /// )?;
    /// let Details::ScheduleChange(change) = event.details() else { unreachable!() };
    /// assert_eq!(change.schedule_change_type(), Some(2));
    /// assert_eq!((change.previous_segs().count(), change.revised_segs().count()), (1, 0));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    ScheduleChange(&'a Event) {
        /// 1 times changed, 2 flight cancelled.
        schedule_change_type: number = "scheduleChangeType",
        /// The flights before this change.
        previous_segs: [Segment] = "previousSegs",
        /// The flights after the change. Empty if they were cancelled.
        revised_segs: [Segment] = "revisedSegs",
        /// The flights as they were booked. Since 2026.
        original_segs: [Segment] = "originalSegs",
    }
}

view! {
    /// A flight. In [`ScheduleChange`].
    ///
    /// Times are `YYYY-MM-DD HH:MM:SS`. Their zone is not documented, so they stay text.
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.schedulechange","data":{"revisedSegs":[
    ///         {"flightNumber":"VJ877","depTime":"2026-08-15 18:05:00"}]}}"#,
    /// )?;
    /// let Details::ScheduleChange(change) = event.details() else { unreachable!() };
    /// for segment in change.revised_segs() {
    ///     assert_eq!(segment.flight_number(), Some("VJ877"));
    ///     assert_eq!(segment.dep_time(), Some("2026-08-15 18:05:00"));
    /// }
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    Segment(Value<'a>) {
        /// IATA code of the airline.
        carrier: text = "carrier",
        /// Flight number. It starts with the carrier: `VJ877`.
        flight_number: text = "flightNumber",
        /// IATA code of the airport of departure.
        dep_airport: text = "depAirport",
        /// IATA code of the airport of arrival.
        arr_airport: text = "arrAirport",
        /// Time of departure.
        dep_time: text = "depTime",
        /// Time of arrival.
        arr_time: text = "arrTime",
        /// Terminal of departure.
        dep_terminal: text = "depTerminal",
        /// Terminal of arrival.
        arr_terminal: text = "arrTerminal",
        /// Whether another airline operates it.
        code_share: boolean = "codeShare",
        /// 1 outbound, 2 return. Since 2026, and not reliable.
        direction: number = "direction",
    }
}

view! {
    /// `email.schedulechange`: an airline's mail about a change. See
    /// [`EventKind::EmailScheduleChange`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"email.schedulechange","data":{"emailSubject":"New times"}}"#,
    /// )?;
    /// let Details::EmailScheduleChange(details) = event.details() else { unreachable!() };
    /// assert_eq!(details.email_subject(), Some("New times"));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    EmailScheduleChange(&'a Event) {
        /// Subject of the mail.
        email_subject: text = "emailSubject",
        /// A URL at which the mail can be read for a short time.
        email_link: text = "emailLink",
        /// The time at which it was received. The time zone is not documented.
        email_receiving_date: text = "emailReceivingDate",
    }
}

view! {
    /// `abnormal.cancelled`: an airline cancelled a booking by itself. See
    /// [`EventKind::AbnormalCancelled`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"abnormal.cancelled","data":{"vendorRefundInformation":"FULLY"}}"#,
    /// )?;
    /// let Details::AbnormalCancelled(details) = event.details() else { unreachable!() };
    /// assert_eq!(details.vendor_refund_information(), Some("FULLY"));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    AbnormalCancelled(&'a Event) {
        /// The refund by the airline: `FULLY`, `Fully` and `Cancelled` were seen.
        vendor_refund_information: text = "vendorRefundInformation",
    }
}

view! {
    /// `airline.status`: airlines can be booked, or cannot. See [`EventKind::AirlineStatus`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"airline.status","data":{"airline":["VJ"],"airlineStatus":"Maintenance"}}"#,
    /// )?;
    /// let Details::AirlineStatus(details) = event.details() else { unreachable!() };
    /// assert_eq!(details.airlines().collect::<Vec<_>>(), ["VJ"]);
    /// assert_eq!(details.airline_status(), Some("Maintenance"));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    AirlineStatus(&'a Event) {
        /// IATA codes of the airlines.
        airlines: texts = "airline",
        /// `Active`, `Maintenance` or `Inactive`.
        airline_status: text = "airlineStatus",
    }
}

view! {
    /// `email.all`: any mail of an airline. See [`EventKind::Email`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"email.all","data":{"from":"airline@example.com","emailSubject":"Gate"}}"#,
    /// )?;
    /// let Details::Email(details) = event.details() else { unreachable!() };
    /// assert_eq!(details.from(), Some("airline@example.com"));
    /// assert_eq!(details.email_subject(), Some("Gate"));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    Email(&'a Event) {
        /// The time at which it was received. The documentation contradicts itself about the time
        /// zone.
        email_receiving_date: text = "emailReceivingDate",
        /// The vendor's code of this mail.
        unique_code: text = "uniqueCode",
        /// The vendor's category of the mail.
        email_category: text = "emailCategory",
        /// Sender.
        from: text = "from",
        /// Receiver.
        to: text = "to",
        /// Subject.
        email_subject: text = "emailSubject",
        /// A URL at which the mail can be read for a short time.
        email_link: text = "emailLink",
        /// The time at which the vendor stored it. See
        /// [`email_receiving_date`](Self::email_receiving_date).
        create_time: text = "createTime",
    }
}

view! {
    /// `order.void`: how far the voiding of an order is. See [`EventKind::Void`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.void","data":{"voidCode":"V1","voidStatus":5}}"#,
    /// )?;
    /// let Details::Void(details) = event.details() else { unreachable!() };
    /// assert_eq!((details.void_code(), details.void_status()), (Some("V1"), Some(5)));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    Void(&'a Event) {
        /// The vendor's code of this voiding.
        void_code: text = "voidCode",
        /// 0 Atlas processes it, 1 the airline processes it, 2 voided or refunded, 3 the airline
        /// voids it, 4 rejected, 5 completed, 6 withdrawn.
        void_status: number = "voidStatus",
        /// The vendor's text.
        message: text = "message",
    }
}

view! {
    /// `order.addonComplete`: ancillaries that were bought later. See [`EventKind::AddonComplete`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.addonComplete","data":{"addonOrderNo":"B2","originalOrderNo":"A1"}}"#,
    /// )?;
    /// let Details::AddonComplete(details) = event.details() else { unreachable!() };
    /// assert_eq!(details.addon_order_no(), Some("B2"));
    /// assert_eq!(details.original_order_no(), Some("A1"));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    AddonComplete(&'a Event) {
        /// Number of the order of the ancillaries. It is that of [`Event::order_no`], unless both
        /// `addonOrderNo` and `orderNo` were sent: `order_no` then returns `orderNo`.
        addon_order_no: text = "addonOrderNo",
        /// Number of the order that they were added to.
        original_order_no: text = "originalOrderNo",
        /// As in [`Ticketed::order_status`].
        order_status: number = "orderStatus",
        /// The passengers with their ancillaries.
        passengers: [Passenger] = "paxTicketInfos",
    }
}

view! {
    /// `order.refundComplete`: what a refund came to. See [`EventKind::RefundComplete`].
    ///
    /// Amounts are text with the digits that were sent, in [`currency`](Self::currency). Do not
    /// compute one from the others: the sums in the vendor's sample are inconsistent.
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.refundComplete","data":{"finalRefundAmount":80.10,"currency":"USD"}}"#,
    /// )?;
    /// let Details::RefundComplete(details) = event.details() else { unreachable!() };
    /// assert_eq!((details.final_refund_amount(), details.currency()), (Some("80.10"), Some("USD")));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    RefundComplete(&'a Event) {
        /// The vendor's code of the state of the refund.
        refund_status: number = "refundStatus",
        /// Three letters.
        currency: text = "currency",
        /// The price of the flights.
        original_total_fare: text = "originalTotalFare",
        /// The price of the ancillaries.
        original_total_ancillary_amount: text = "originalTotalAncillaryAmount",
        /// The total price.
        original_total_amount: text = "originalTotalAmount",
        /// The part of the fare that the airline keeps.
        airline_penalty_amount_for_fare: text = "airlinePenaltyAmountForFare",
        /// The part of the ancillaries that the airline keeps.
        airline_penalty_amount_for_ancillaries: text = "airlinePenaltyAmountForAncillaries",
        /// The amount that the airline keeps.
        airline_penalty_amount: text = "airlinePenaltyAmount",
        /// The amount that is paid back.
        final_refund_amount: text = "finalRefundAmount",
        /// The fee of Atlas.
        transaction_fee: text = "transactionFee",
    }
}

view! {
    /// `order.cancelled`: an order was cancelled before it was ticketed. See
    /// [`EventKind::Cancelled`].
    ///
    /// ```
    /// use atlas_webhook::{Details, Event};
    ///
    /// let event = Event::parse(
    ///     r#"{"type":"order.cancelled","data":{"orderStatus":-3,"errorMessage":"No seats"}}"#,
    /// )?;
    /// let Details::Cancelled(details) = event.details() else { unreachable!() };
    /// assert_eq!((details.order_status(), details.error_message()), (Some(-3), Some("No seats")));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    Cancelled(&'a Event) {
        /// As in [`Ticketed::order_status`]: -3.
        order_status: number = "orderStatus",
        /// The reason as a code.
        error_code: text = "errorCode",
        /// The reason as text.
        error_message: text = "errorMessage",
    }
}
