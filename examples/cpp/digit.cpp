// Reads the digit in each picture with OpenCV alone: one digit on even paper, dark or light.
//
//     g++ -O2 digit.cpp -o digit $(pkg-config --cflags --libs opencv4)
//     ./digit model.onnx seven.png ...
//
// docs/model.md says what the network takes; what edgedigit does more is for light, rules and dirt.

#include <cstdio>
#include <opencv2/dnn.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

constexpr int SIDE = 28, BOX = 20, LABELS = 11, NOT_A_DIGIT = 10;

// How far each pixel is from the paper, which is what most of the border is.
cv::Mat ink_of(const cv::Mat& grey) {
    std::vector<uchar> border;
    for (int x = 0; x < grey.cols; x++) border.insert(border.end(), {grey.at<uchar>(0, x), grey.at<uchar>(grey.rows - 1, x)});
    for (int y = 0; y < grey.rows; y++) border.insert(border.end(), {grey.at<uchar>(y, 0), grey.at<uchar>(y, grey.cols - 1)});
    std::nth_element(border.begin(), border.begin() + border.size() / 2, border.end());
    cv::Mat ink;
    cv::absdiff(grey, cv::Scalar(border[border.size() / 2]), ink);
    cv::normalize(ink, ink, 0, 255, cv::NORM_MINMAX);
    return ink;
}

// The largest piece of ink in a box of 20 x 20, its centre of mass in the middle of 28 x 28.
cv::Mat normalized(const cv::Mat& ink) {
    cv::Mat mask, pieces, stats, middles, small, placed;
    cv::threshold(ink, mask, 0, 255, cv::THRESH_OTSU);
    const int count = cv::connectedComponentsWithStats(mask, pieces, stats, middles);
    if (count < 2) return cv::Mat();
    int main = 1;
    for (int i = 2; i < count; i++)
        if (stats.at<int>(i, cv::CC_STAT_AREA) > stats.at<int>(main, cv::CC_STAT_AREA)) main = i;
    const int* box = stats.ptr<int>(main);
    const double scale = double(BOX) / std::max(box[cv::CC_STAT_WIDTH], box[cv::CC_STAT_HEIGHT]);
    const cv::Rect part(box[cv::CC_STAT_LEFT], box[cv::CC_STAT_TOP], box[cv::CC_STAT_WIDTH], box[cv::CC_STAT_HEIGHT]);
    const cv::Size size(std::max(1, cvRound(part.width * scale)), std::max(1, cvRound(part.height * scale)));
    cv::resize(ink(part), small, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    const cv::Moments m = cv::moments(small);
    const double middle = (SIDE - 1) / 2.0;
    const cv::Mat shift = (cv::Mat_<double>(2, 3) << 1, 0, middle - m.m10 / m.m00, 0, 1, middle - m.m01 / m.m00);
    cv::warpAffine(small, placed, shift, {SIDE, SIDE});
    return placed;
}

int main(int count, char** arguments) {
    cv::dnn::Net net = cv::dnn::readNetFromONNX(arguments[1]);
    for (int i = 2; i < count; i++) {
        const cv::Mat grey = cv::imread(arguments[i], cv::IMREAD_GRAYSCALE);
        const cv::Mat digit = grey.empty() ? cv::Mat() : normalized(ink_of(grey));
        if (digit.empty()) { std::printf("%s: nothing\n", arguments[i]); continue; }
        cv::Mat input;
        digit.reshape(1, {1, SIDE, SIDE}).convertTo(input, CV_32F);  // uint8 in other runtimes
        net.setInput(input);
        const cv::Mat answers = net.forward().reshape(1, 1);
        const int best = std::max_element(answers.begin<float>(), answers.begin<float>() + LABELS) - answers.begin<float>();
        std::printf("%s: %s %.4f\n", arguments[i], best == NOT_A_DIGIT ? "no digit" : std::to_string(best).c_str(), answers.at<float>(best));
    }
}
